{{/*
What values.schema.json cannot say: what depends on something else, and what would be found only in the cluster. All of
it is told at once. Each template gives lines; an empty one is nothing.
*/}}

{{- define "gateway.refuse" -}}
{{- $told := list -}}
{{- range list "config" "secrets" "plain" "redis" "tracing" "network" "memory" "scaling" "exposure" "shutdown" -}}
{{- range splitList "\n" (include (printf "gateway.refuse.%s" .) $) -}}
{{- if trim . -}}{{- $told = append $told (printf "  - %s" (trim .)) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $told -}}
{{- fail (printf "\n%s\n" (join "\n" $told)) -}}
{{- end -}}
{{- end -}}

{{- define "gateway.refuse.config" -}}
{{- if not .Values.config.providers }}
config.providers is empty: add at least one provider (`knowledge-gateway catalog` lists what is built in)
{{- end }}
{{- if and (not .Values.config.tenants) (not .Values.config.anonymous) }}
config.tenants is empty: add one with the digest of its key (`knowledge-gateway api-key`), or config.anonymous for callers without a key
{{- end }}
{{- $host := include "gateway.serverSetting" (dict "root" . "name" "host") }}
{{- if or (eq $host "localhost") (eq $host "::1") (hasPrefix "127." $host) }}
config.server.host is {{ $host }}, where neither a probe nor a client reaches it: write 0.0.0.0 or "::"
{{- end }}
{{- range list "port" "metrics_port" }}
{{- $port := include "gateway.serverSetting" (dict "root" $ "name" .) }}
{{- if not (regexMatch "^[0-9]+$" $port) }}
config.server.{{ . }} is a reference: the chart has to know the port, so write the number
{{- else if and (lt (int $port) 1024) (or (eq . "port") (ne $port "0")) }}
config.server.{{ . }} is {{ $port }}: choose one from 1024 to 65535, for the service has no right to a lower one
{{- end }}
{{- end }}
{{- range list "deadline" "max_timeout" "drain" }}
{{- if not (include "gateway.seconds" (include "gateway.serverSetting" (dict "root" $ "name" .))) }}
config.server.{{ . }} is no plain duration such as 10s: the grace period is made of it, so write it out
{{- end }}
{{- end }}
{{- range $name, $provider := .Values.config.providers }}
{{- $type := toString (default "" $provider.type) }}
{{- if and (regexMatch "[./]" $type) (not (hasPrefix "/" $type)) (not (hasKey $.Values.providerSpecs (trimPrefix "providers/" $type))) }}
config.providers.{{ $name }}.type is the file {{ $type }}: put it under providerSpecs as {{ base $type }}, and write type: providers/{{ base $type }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.refuse.secrets" -}}
{{- $secrets := .Values.secrets }}
{{- if and $secrets.existing $secrets.values }}
secrets.existing and secrets.values are both set: choose one
{{- end }}
{{- if not (default dict .Values.config.cursor).keys }}
config.cursor.keys is empty: the replicas could not read one another's cursors
{{- end }}
{{- $keys := include "gateway.variables" . | fromJsonArray }}
{{- $known := keys $secrets.values }}
{{- if $secrets.generateCursorKey }}{{ $known = append $known "GATEWAY_CURSOR_KEY" }}{{ end }}
{{- if and $secrets.generateCursorKey (hasKey $secrets.values "GATEWAY_CURSOR_KEY") }}
secrets.generateCursorKey is true and secrets.values has a GATEWAY_CURSOR_KEY: choose one
{{- end }}
{{- if not $secrets.existing }}
{{- range concat $keys (include "gateway.files" . | fromJsonArray) | uniq }}
{{- if has . $known }}
{{- else if eq . "GATEWAY_CURSOR_KEY" }}
GATEWAY_CURSOR_KEY, which seals cursors, is in no secret: put the last line of `knowledge-gateway cursor-key` under this key into a secret and name it in secrets.existing; or, where `helm install` talks to the cluster, set secrets.generateCursorKey
{{- else }}
config refers to {{ . }}, which is in no secret: name one that has this key in secrets.existing, or set secrets.values.{{ . }}{{ if has . $keys }} or env{{ end }}
{{- end }}
{{- end }}
{{- else }}
{{- include "gateway.refuse.existing" . }}
{{- end }}
{{- end -}}

{{/* Where there is a cluster to ask and the secret is there, a key that it lacks is told now. */}}
{{- define "gateway.refuse.existing" -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace .Values.secrets.existing }}
{{- if $found }}
{{- $wanted := concat (include "gateway.variables" . | fromJsonArray) (include "gateway.files" . | fromJsonArray) | uniq }}
{{- range $wanted }}
{{- $generated := and $.Values.secrets.generateCursorKey (eq . "GATEWAY_CURSOR_KEY") }}
{{- if not (or $generated (hasKey (default dict $found.data) .)) }}
config refers to {{ . }}, which the secret {{ $.Values.secrets.existing }} does not have: add it there
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A config map is no place for a secret. */}}
{{- define "gateway.refuse.plain" -}}
{{- range $place, $key := (default dict .Values.config.cursor).keys }}
{{- if not (contains "${" (toString $key)) }}
config.cursor.keys[{{ $place }}] stands in plain text in a config map: write ${file:{{ include "gateway.secretsFolder" $ }}/GATEWAY_CURSOR_KEY}
{{- end }}
{{- end }}
{{- $advice := "stands in plain text in a config map: write a reference such as ${NAME}, and NAME into the secret, or into env where it is none" }}
{{- range $name, $provider := .Values.config.providers }}
{{- range $key, $value := $provider.credentials }}
{{- if not (contains "${" (toString $value)) }}
config.providers.{{ $name }}.credentials.{{ $key }} {{ $advice }}
{{- end }}
{{- end }}
{{- end }}
{{- range $tenant, $entry := .Values.config.tenants }}
{{- range $name, $credentials := $entry.credentials }}
{{- range $key, $value := $credentials }}
{{- if not (contains "${" (toString $value)) }}
config.tenants.{{ $tenant }}.credentials.{{ $name }}.{{ $key }} {{ $advice }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.refuse.redis" -}}
{{- $cache := default dict .Values.config.cache }}
{{- $given := list }}
{{- if .Values.redis.url }}{{ $given = append $given "redis.url" }}{{ end }}
{{- if .Values.redis.existingSecret.name }}{{ $given = append $given "redis.existingSecret.name" }}{{ end }}
{{- if .Values.redis.valkey.enabled }}{{ $given = append $given "redis.valkey.enabled" }}{{ end }}
{{- if $cache.url }}{{ $given = append $given "config.cache.url" }}{{ end }}
{{- if gt (len $given) 1 }}
{{ join " and " $given }} are all set: choose one
{{- end }}
{{- $url := toString (default "" $cache.url) }}
{{- if and (contains "@" $url) (not (contains "${" $url)) }}
config.cache.url holds a password in plain text in a config map: put the address into a secret, and name it in redis.existingSecret
{{- end }}
{{- end -}}

{{- define "gateway.refuse.tracing" -}}
{{- $own := toString (default "" (get (default dict .Values.config.tracing) "endpoint")) }}
{{- if and $own .Values.tracing.endpoint }}
tracing.endpoint and config.tracing.endpoint are both set: choose one
{{- else if hasPrefix "${" $own }}
{{- if .Values.networkPolicy.enabled }}
config.tracing.endpoint is a reference, whose port the network policy cannot see: write http://${NAME}:4318 and only the host into the variable
{{- end }}
{{- else if and $own (not (regexMatch "^https?://[^/@]+(/|$)" $own)) }}
config.tracing.endpoint is no address of a collector for OTLP over HTTP: write http://host:4318
{{- end }}
{{- end -}}

{{- define "gateway.refuse.network" -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.providers.ports) }}
{{- range $name, $provider := .Values.config.providers }}
{{- range list "base_url" "proxy" }}
{{- $url := get $provider . }}
{{- if and $url (eq "unknown" (get (include "gateway.destination" (dict "root" $ "url" (toString $url)) | fromJson) "kind")) }}
config.providers.{{ $name }}.{{ . }} is a reference, whose port the network policy cannot see: list it in networkPolicy.providers.ports
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The process with its libraries takes about 100 MiB before it keeps anything. */}}
{{- define "gateway.refuse.memory" -}}
{{- $limit := include "gateway.bytes" (dig "limits" "memory" "" .Values.resources) | int64 }}
{{- $kept := include "gateway.bytes" (default "32MiB" (get (default dict .Values.config.cache) "memory")) | int64 }}
{{- if and $limit (lt $limit (add $kept 134217728)) }}
resources.limits.memory is {{ .Values.resources.limits.memory }}: config.cache.memory and 128Mi for the process do not fit into it
{{- end }}
{{- end -}}

{{- define "gateway.refuse.scaling" -}}
{{- $scaling := .Values.autoscaling }}
{{- if $scaling.enabled }}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
autoscaling.minReplicas is {{ $scaling.minReplicas }} and more than autoscaling.maxReplicas, {{ $scaling.maxReplicas }}
{{- end }}
{{- if not (or $scaling.targetCPU $scaling.targetInFlight) }}
autoscaling.targetCPU and autoscaling.targetInFlight are both 0: it would have nothing to go by
{{- end }}
{{- if and $scaling.targetCPU (not (dig "requests" "cpu" "" .Values.resources)) }}
resources.requests.cpu is missing: autoscaling.targetCPU is a part of it
{{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.refuse.exposure" -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
ingress.hosts is empty: name at least one, or every host's requests would come here
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
httpRoute.parentRefs is empty: name the gateway that the route is attached to
{{- end }}
{{- if and .Values.serviceMonitor.enabled (not (include "gateway.hasMetrics" .)) }}
serviceMonitor.enabled is true and config.server.metrics_port is 0: there would be nothing to read
{{- end }}
{{- end -}}

{{- define "gateway.refuse.shutdown" -}}
{{- $given := .Values.shutdown.gracePeriodSeconds }}
{{- $least := include "gateway.leastGracePeriod" . | int }}
{{- if and $given (lt (int $given) $least) }}
shutdown.gracePeriodSeconds is {{ int $given }}: preStopSeconds, config.server.drain and the longest request need {{ $least }}
{{- end }}
{{- if and .Values.shutdown.preStopSeconds (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) }}
shutdown.preStopSeconds needs Kubernetes 1.30, and this is {{ .Capabilities.KubeVersion.Version }}: raise config.server.drain instead
{{- end }}
{{- end -}}
