package decode

import (
	"mime"
	"strings"

	"github.com/spectap/spectap/flow"
)

// MediaType returns the media type in a Content-Type value: lower case, without parameters. A malformed value
// gives what stands before its first ";".
func MediaType(contentType string) string { return flow.MediaType(contentType) }

// The functions below take a media type as [MediaType] returns it.

// IsJSON says whether a body of that type is one JSON text: application/json, its old names, and every type
// with the +json suffix (RFC 6839).
func IsJSON(mediaType string) bool {
	switch mediaType {
	case "application/json", "text/json", "application/x-json", "text/x-json":
		return true
	}
	return strings.HasSuffix(mediaType, "+json") && mediaType != "application/stream+json"
}

// IsJSONLines says whether a body of that type is a run of JSON texts: NDJSON and JSON text sequences.
func IsJSONLines(mediaType string) bool {
	switch mediaType {
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/json-lines", "application/x-json-stream", "application/json-seq",
		"application/stream+json":
		return true
	}
	return strings.HasSuffix(mediaType, "+json-seq")
}

// IsForm says whether a body of that type is made like a query string.
func IsForm(mediaType string) bool { return mediaType == "application/x-www-form-urlencoded" }

// IsMultipart says whether a body of that type has parts.
func IsMultipart(mediaType string) bool { return strings.HasPrefix(mediaType, "multipart/") }

// IsFormData says whether a body of that type is a form of parts. Other multipart types name no fields.
func IsFormData(mediaType string) bool { return mediaType == "multipart/form-data" }

// IsTextPart says whether a part of that type is text: what is written by people, and messages (multipart/mixed of
// application/http is how batches are sent).
func IsTextPart(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/http"
}

// IsEventStream says whether a body of that type is a stream of server-sent events.
func IsEventStream(mediaType string) bool { return mediaType == "text/event-stream" }

// IsXML says whether a body of that type is XML.
func IsXML(mediaType string) bool {
	return mediaType == "application/xml" || mediaType == "text/xml" || strings.HasSuffix(mediaType, "+xml")
}

// IsYAML says whether a body of that type is YAML (RFC 9512 and its older names).
func IsYAML(mediaType string) bool {
	switch mediaType {
	case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml":
		return true
	}
	return strings.HasSuffix(mediaType, "+yaml")
}

// IsText says whether a body of that type is characters.
func IsText(mediaType string) bool {
	if strings.HasPrefix(mediaType, "text/") || IsJSON(mediaType) || IsJSONLines(mediaType) || IsXML(mediaType) ||
		IsYAML(mediaType) || IsForm(mediaType) {
		return true
	}
	switch mediaType {
	case "application/javascript", "application/x-javascript", "application/ecmascript", "application/graphql",
		"application/sql", "application/toml", "application/x-sh", "application/jwt", "application/x-pem-file",
		"application/pem-certificate-chain":
		return true
	}
	return false
}

// Param returns a parameter of a Content-Type value, such as the boundary of a multipart body; "" when there
// is none. Names compare without regard to case.
func Param(contentType, name string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil && params == nil {
		return ""
	}
	return params[strings.ToLower(name)]
}
