{{/* What the pods of the gateway and of its test have in common. */}}

{{- define "gateway.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "gateway.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "gateway.mainImage" -}}
image: {{ include "gateway.image" (dict "image" .Values.image "tag" .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{/* Each variable that the config refers to, from its secret, and no other. */}}
{{- define "gateway.env" -}}
{{- range include "gateway.variables" . | fromJsonArray }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ include "gateway.secretOf" (dict "root" $ "key" .) }}, key: {{ . }}}
{{- end }}
{{- with .Values.redis.existingSecret }}
{{- if .name }}
- name: GATEWAY_REDIS_URL
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Folders, not single files (subPath): only what is in a folder is renewed when it changes. */}}
{{- define "gateway.mounts" -}}
- {name: config, mountPath: /etc/knowledge-gateway, readOnly: true}
{{- if include "gateway.files" . | fromJsonArray }}
- {name: secrets, mountPath: {{ include "gateway.secretsFolder" . }}, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "gateway.volumes" -}}
- name: config
  configMap:
    name: {{ include "gateway.fullname" . }}
    defaultMode: 0444
    items:
      - {key: gateway.yaml, path: gateway.yaml}
      {{- range $file, $spec := .Values.providerSpecs }}
      - {key: {{ $file | quote }}, path: {{ printf "providers/%s" $file | quote }}}
      {{- end }}
{{- $bySecret := dict }}
{{- range include "gateway.files" . | fromJsonArray }}
{{- $secret := include "gateway.secretOf" (dict "root" $ "key" .) }}
{{- $_ := set $bySecret $secret (append (default list (get $bySecret $secret)) .) }}
{{- end }}
{{- if $bySecret }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $secret, $files := $bySecret }}
      - secret:
          name: {{ $secret }}
          items:
            {{- range $files }}
            - {key: {{ . }}, path: {{ . }}}
            {{- end }}
      {{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
