{{/* The gateway's configuration as it is mounted, and what the chart reads out of it. */}}

{{- define "gateway.secretsFolder" -}}/var/run/secrets/knowledge-gateway{{- end -}}

{{/*
The values' config, with what the chart adds: where Redis is, if `redis` says so, and where traces go, if `tracing` does.
A section that is empty stays away, so that `tenants: {}` beside `anonymous` is no section without entries.
*/}}
{{- define "gateway.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $url := include "gateway.redisSetting" . -}}
{{- if $url -}}
{{- $_ := set $config "cache" (merge (dict "url" $url) (default dict $config.cache)) -}}
{{- end -}}
{{- with .Values.tracing.endpoint -}}
{{- $_ := set $config "tracing" (merge (dict "endpoint" .) (default dict $config.tracing)) -}}
{{- end -}}
{{- range $name, $section := $config -}}
{{- if and (not $section) (ne $name "environment") -}}
{{- $_ := unset $config $name -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* What `redis` in the values makes of cache.url; empty where it says nothing. */}}
{{- define "gateway.redisSetting" -}}
{{- if .Values.redis.valkey.enabled -}}
{{- printf "redis://%s:6379/0" (include "gateway.redisName" .) -}}
{{- else if .Values.redis.existingSecret.name -}}
${GATEWAY_REDIS_URL}
{{- else -}}
{{- .Values.redis.url -}}
{{- end -}}
{{- end -}}

{{/* Where traces are sent, whichever of the two says so; empty where none are made. */}}
{{- define "gateway.tracingEndpoint" -}}
{{- default (default "" (get (default dict .Values.config.tracing) "endpoint")) .Values.tracing.endpoint -}}
{{- end -}}

{{/* Seconds, of a duration as the gateway writes it; empty where it is none, such as a reference. */}}
{{- define "gateway.seconds" -}}
{{- $text := toString . -}}
{{- if regexMatch "^[0-9.]+$" $text -}}
{{- $text -}}
{{- else if regexMatch "^[0-9]+([.][0-9]+)?(ms|s|m|h|d)$" $text -}}
{{- $number := regexFind "^[0-9.]+" $text -}}
{{- $unit := trimPrefix $number $text -}}
{{- mulf (float64 $number) (get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "d" 86400.0) $unit) -}}
{{- end -}}
{{- end -}}

{{/* Bytes, of a size as the gateway writes it (64MiB) or as Kubernetes does (512Mi); 0 where it is neither. */}}
{{- define "gateway.bytes" -}}
{{- $text := toString . | trimSuffix "B" -}}
{{- if regexMatch "^[0-9]+(Ki|Mi|Gi|k|M|G)?$" $text -}}
{{- $number := regexFind "^[0-9]+" $text -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- mul (int64 $number) (get $units (trimPrefix $number $text)) -}}
{{- else -}}
0
{{- end -}}
{{- end -}}

{{/* A setting of config.server, or the gateway's own default of it: (dict "root" $ "name" "drain"). */}}
{{- define "gateway.serverSetting" -}}
{{- $own := dict "host" "127.0.0.1" "port" 8080 "metrics_port" 9090 "deadline" "10s" "max_timeout" "30s" "drain" "2s" "base_path" "" -}}
{{- $server := default dict .root.Values.config.server -}}
{{- $value := get $own .name -}}
{{- if hasKey $server .name -}}{{- $value = get $server .name -}}{{- end -}}
{{- if kindIs "float64" $value -}}{{- $value = int64 $value -}}{{- end -}}
{{- $value -}}
{{- end -}}

{{- define "gateway.port" -}}{{- include "gateway.serverSetting" (dict "root" . "name" "port") -}}{{- end -}}

{{/* "0": no metrics. */}}
{{- define "gateway.metricsPort" -}}{{- include "gateway.serverSetting" (dict "root" . "name" "metrics_port") -}}{{- end -}}

{{- define "gateway.hasMetrics" -}}{{- if ne (include "gateway.metricsPort" .) "0" -}}true{{- end -}}{{- end -}}

{{/* The longest that a request may take, in seconds. */}}
{{- define "gateway.longestRequest" -}}
{{- $longest := 0.0 -}}
{{- range list "deadline" "max_timeout" -}}
{{- $longest = maxf $longest (include "gateway.seconds" (include "gateway.serverSetting" (dict "root" $ "name" .))) -}}
{{- end -}}
{{- ceil $longest | int -}}
{{- end -}}

{{/*
From the first moment of a stop to SIGKILL, at least: the wait before SIGTERM, then the gateway's own order (service.py):
`drain`, and what requests in flight may take and a second. Five more to close what they used.
*/}}
{{- define "gateway.leastGracePeriod" -}}
{{- $drain := include "gateway.seconds" (include "gateway.serverSetting" (dict "root" . "name" "drain")) | float64 | ceil | int -}}
{{- add .Values.shutdown.preStopSeconds $drain (include "gateway.longestRequest" . | int) 6 -}}
{{- end -}}

{{/* Every reference in the config, as written: a JSON list. `$${` is no reference. */}}
{{- define "gateway.references" -}}
{{- $found := list -}}
{{- range regexFindAll "[$]?[$][{][^{}]*[}]" (include "gateway.config" . | fromYaml | toJson) -1 -}}
{{- if not (hasPrefix "$$" .) -}}
{{- $found = append $found (trimSuffix "}" (trimPrefix "${" .)) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{/* Names of the variables that the config refers to and the secret has to give: a JSON list. */}}
{{- define "gateway.variables" -}}
{{- $given := list "GATEWAY_REDIS_URL" -}}
{{- range .Values.env -}}{{- $given = append $given .name -}}{{- end -}}
{{- $wanted := list -}}
{{- range include "gateway.references" . | fromJsonArray -}}
{{- if not (or (hasPrefix "file:" .) (has . $given)) -}}
{{- $wanted = append $wanted . -}}
{{- end -}}
{{- end -}}
{{- $wanted | toJson -}}
{{- end -}}

{{/* Keys of the secret that the config refers to as files: a JSON list. */}}
{{- define "gateway.files" -}}
{{- $folder := include "gateway.secretsFolder" . -}}
{{- $found := list -}}
{{- range regexFindAll (printf "%s/[A-Za-z0-9._-]+" $folder) (include "gateway.config" . | fromYaml | toJson) -1 -}}
{{- $found = append $found (trimPrefix (printf "%s/" $folder) .) -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{/* Which secret holds a key: (dict "root" $ "key" "GATEWAY_CURSOR_KEY"). */}}
{{- define "gateway.secretOf" -}}
{{- if and .root.Values.secrets.generateCursorKey (eq .key "GATEWAY_CURSOR_KEY") -}}
{{- include "gateway.cursorKeySecretName" .root -}}
{{- else -}}
{{- include "gateway.secretName" .root -}}
{{- end -}}
{{- end -}}
