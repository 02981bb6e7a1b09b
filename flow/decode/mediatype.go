package decode

import (
	"mime"
	"strings"

	"github.com/spectap/spectap/flow"
)

// MediaType returns the media type of a Content-Type value in lower case, without parameters: the
// text before its first ";".
func MediaType(contentType string) string { return flow.MediaType(contentType) }

// The functions below take a media type as returned by [MediaType].

// IsJSON reports whether a body of this type is one JSON text: application/json, its old names, and
// types with the +json suffix (RFC 6839).
func IsJSON(mediaType string) bool {
	switch mediaType {
	case "application/json", "text/json", "application/x-json", "text/x-json":
		return true
	}
	return strings.HasSuffix(mediaType, "+json") && mediaType != "application/stream+json"
}

// IsJSONLines reports whether a body of this type is a sequence of JSON texts: NDJSON or a JSON
// text sequence.
func IsJSONLines(mediaType string) bool {
	switch mediaType {
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/json-lines", "application/x-json-stream", "application/json-seq",
		"application/stream+json":
		return true
	}
	return strings.HasSuffix(mediaType, "+json-seq")
}

// IsForm reports whether a body of this type has the format of a query string.
func IsForm(mediaType string) bool { return mediaType == "application/x-www-form-urlencoded" }

// IsMultipart reports whether a body of this type has parts.
func IsMultipart(mediaType string) bool { return strings.HasPrefix(mediaType, "multipart/") }

// IsFormData reports whether a body of this type is a form of parts. Other multipart types do not
// name their parts.
func IsFormData(mediaType string) bool { return mediaType == "multipart/form-data" }

// IsTextPart reports whether a part of this type is text: text/*, or a message (batches are
// multipart/mixed of application/http).
func IsTextPart(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/http"
}

// IsEventStream reports whether a body of this type is a stream of server-sent events.
func IsEventStream(mediaType string) bool { return mediaType == "text/event-stream" }

// IsXML reports whether a body of this type is XML.
func IsXML(mediaType string) bool {
	return mediaType == "application/xml" || mediaType == "text/xml" || strings.HasSuffix(mediaType, "+xml")
}

// IsYAML reports whether a body of this type is YAML (RFC 9512 and older names).
func IsYAML(mediaType string) bool {
	switch mediaType {
	case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml":
		return true
	}
	return strings.HasSuffix(mediaType, "+yaml")
}

// IsText reports whether a body of this type is text.
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

// Param returns a parameter of a Content-Type value, such as the boundary of a multipart body, or
// "". Names compare case-insensitively.
func Param(contentType, name string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil && params == nil {
		return ""
	}
	return params[strings.ToLower(name)]
}
