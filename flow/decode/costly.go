package decode

import (
	"bytes"
	"mime"
)

// Bounds of bodies that take minutes and gigabytes to read if they are large, and never are in
// practice.
const (
	maxParts  = 10_000  // of a multipart body; Go reads 1,000 parts of a form
	maxFields = 100_000 // of a form
	maxYAML   = 4 << 20 // bytes
)

// IsCostly reports whether a decoded body has more parts or fields, or more text in YAML, than
// traffic has in practice, so that to read it could exhaust time and memory. No reader needs to
// bound the work for other bodies by more than their size.
func IsCostly(contentType string, data []byte) bool {
	switch mediaType := MediaType(contentType); {
	case IsForm(mediaType):
		return bytes.Count(data, []byte("&")) >= maxFields
	case IsYAML(mediaType):
		return len(data) > maxYAML
	case IsMultipart(mediaType):
		_, params, err := mime.ParseMediaType(contentType)
		boundary := params["boundary"]
		return err == nil && boundary != "" && bytes.Count(data, []byte("--"+boundary)) > maxParts
	}
	return false
}
