package infer

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/headers"
)

// message holds what the header of a message says about its body.
type message struct {
	header         flow.Header
	contentType    string // the first value of Content-Type
	hasContentType bool
	hasEncoding    bool // the header has a Content-Encoding
}

// add reads one header line.
func (m *message) add(info *headers.Info, value string) {
	switch info.Lower {
	case "content-type":
		if !m.hasContentType {
			m.contentType, m.hasContentType = value, true
		}
	case "content-encoding":
		m.hasEncoding = true
	}
}

// mediaType is the meaning of a Content-Type value.
type mediaType struct {
	name   string // see safeMediaType
	isUTF8 bool   // text of this type is UTF-8
}

// maxMediaTypes bounds the Content-Type values that are remembered.
const maxMediaTypes = 1024

// mediaType returns the meaning of a Content-Type value. It remembers values, since traffic has
// few.
func (l *learner) mediaType(contentType string) mediaType {
	t, ok := l.mediaTypes[contentType]
	if !ok {
		t = mediaType{safeMediaType(contentType), decode.IsUnchanged(contentType)}
		if len(contentType) <= headers.MaxName {
			if l.mediaTypes == nil || len(l.mediaTypes) == maxMediaTypes {
				l.mediaTypes = map[string]mediaType{}
			}
			t.name = strings.Clone(t.name)
			l.mediaTypes[strings.Clone(contentType)] = t
		}
	}
	return t
}

// safeMediaType returns the media type in a Content-Type value, "" if redaction would replace it.
// Only text with upper case is checked: media types are kept in lower case, and no secret looks
// like that.
func safeMediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	if strings.ToLower(t) != t && redact.IsSensitive("", strings.TrimSpace(t)) {
		return ""
	}
	return decode.MediaType(contentType)
}
