{{/*
Where the pods may go, as far as addresses tell. A NetworkPolicy knows neither host names nor services: it is applied
to the pod that a service leads to, whose port may be another one, so what lies in the cluster is opened by namespace.
*/}}

{{/*
Where a URL leads, as JSON: {"kind": "namespace" | "address" | "outside" | "unknown", "value": …, "port": …}. A host
without a dot is a service of this namespace, one with .svc a service of another; unknown is what a reference says. (dict "root" $ "url" "https://…")
*/}}
{{- define "gateway.destination" -}}
{{- $plain := regexReplaceAll "[$][{][^{}]*[}]" .url "{}" -}}
{{- $authority := regexReplaceAll "^([a-z]+://)([^/]*@)?([^/]*).*$" $plain "${1}${3}" -}}
{{- if or (contains "{" $authority) (not (regexMatch "^[a-z]+://." $authority)) -}}
{{- dict "kind" "unknown" | toJson -}}
{{- else -}}
{{- $scheme := regexFind "^[a-z]+" $authority -}}
{{- $rest := regexReplaceAll "^[a-z]+://" $authority "" -}}
{{- $host := regexReplaceAll ":[0-9]*$" $rest "" | trimPrefix "[" | trimSuffix "]" | lower -}}
{{- $port := default (get (dict "http" "80" "https" "443" "redis" "6379" "rediss" "6379") $scheme) (regexFind ":[0-9]+$" $rest | trimPrefix ":") | int -}}
{{- if or (hasSuffix ".svc" $host) (contains ".svc." $host) -}}
{{- dict "kind" "namespace" "value" (index (splitList "." $host) 1) "port" $port | toJson -}}
{{- else if contains ":" $host -}}
{{- dict "kind" "address" "value" (printf "%s/128" $host) "port" $port | toJson -}}
{{- else if regexMatch "^[0-9.]+$" $host -}}
{{- dict "kind" "address" "value" (printf "%s/32" $host) "port" $port | toJson -}}
{{- else if contains "." $host -}}
{{- dict "kind" "outside" "port" $port | toJson -}}
{{- else -}}
{{- dict "kind" "namespace" "value" .root.Release.Namespace "port" $port | toJson -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Where the providers that are called are: a JSON list of destinations. */}}
{{- define "gateway.destinations" -}}
{{- $found := list -}}
{{- range $name, $provider := .Values.config.providers -}}
{{- if ne (toString $provider.enabled) "false" -}}
{{- $url := toString (default (default "https://built.in" $provider.base_url) $provider.proxy) -}}
{{- $found = append $found (include "gateway.destination" (dict "root" $ "url" $url) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{- define "gateway.namespacePeer" -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ . | quote }}
{{- end -}}

{{- define "gateway.egress.providers" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.providers.ports -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- range include "gateway.destinations" . | fromJsonArray -}}
{{- if eq .kind "outside" -}}{{- $ports = append $ports (int .port) -}}{{- end -}}
{{- if eq .kind "namespace" }}
# a provider in the cluster
- to:
    - {{- include "gateway.namespacePeer" .value | nindent 6 }}
{{- else if eq .kind "address" }}
# a provider named by its address
- to:
    - ipBlock: {cidr: {{ .value | quote }}}
  ports:
    - {protocol: TCP, port: {{ int .port }}}
{{- end }}
{{- end }}
{{- if $ports }}
# providers outside of the cluster
- {{- with .Values.networkPolicy.providers.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
  {{- range $ports | uniq | sortAlpha }}
    - {protocol: TCP, port: {{ . }}}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.egress.redis" -}}
{{- $url := toString (default "" (get (default dict .Values.config.cache) "url")) -}}
{{- $url = default $url (include "gateway.redisSetting" .) -}}
{{- if and $url (not (hasPrefix "unix://" $url)) -}}
{{- $found := include "gateway.destination" (dict "root" . "url" $url) | fromJson -}}
# Redis
- {{- if .Values.redis.valkey.enabled }}
  to:
    - podSelector:
        matchLabels: {{- include "gateway.selector" (dict "root" . "part" "cache") | nindent 10 }}
  {{- else if eq $found.kind "namespace" }}
  to:
    - {{- include "gateway.namespacePeer" $found.value | nindent 6 }}
  {{- else if eq $found.kind "address" }}
  to:
    - ipBlock: {cidr: {{ $found.value | quote }}}
  {{- else if .Values.networkPolicy.redis.to }}
  to: {{- toYaml .Values.networkPolicy.redis.to | nindent 4 }}
  {{- end }}
  {{- if or (ne $found.kind "namespace") .Values.redis.valkey.enabled }}
  ports:
    - {protocol: TCP, port: {{ default .Values.redis.port $found.port | int }}}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* An address that is a reference shows its port all the same, mostly: http://${HOST_IP}:4318. */}}
{{- define "gateway.egress.tracing" -}}
{{- with include "gateway.tracingEndpoint" . -}}
{{- $found := include "gateway.destination" (dict "root" $ "url" .) | fromJson -}}
# traces
- {{- if eq $found.kind "namespace" }}
  to:
    - {{- include "gateway.namespacePeer" $found.value | nindent 6 }}
  {{- else }}
  {{- if eq $found.kind "address" }}
  to:
    - ipBlock: {cidr: {{ $found.value | quote }}}
  {{- else if $.Values.networkPolicy.tracing.to }}
  to: {{- toYaml $.Values.networkPolicy.tracing.to | nindent 4 }}
  {{- end }}
  ports:
    - {protocol: TCP, port: {{ default (include "gateway.shownPort" .) $found.port | int }}}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* The port behind a host that is a reference. */}}
{{- define "gateway.shownPort" -}}
{{- default (ternary "443" "80" (hasPrefix "https://" .)) (regexReplaceAll "^[a-z]+://[^/]*[}]:([0-9]+)(/.*)?$" . "${1}" | regexFind "^[0-9]+$") -}}
{{- end -}}
