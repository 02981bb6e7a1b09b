// Package har reads and writes HTTP archives (HAR 1.2). Read read.go and write.go first; the other
// files convert between the members of an archive and those of a flow.
//
// [Read] reads an archive of any size, gzipped or not, and yields its flows one by one. Its memory
// is bounded by the largest entry. [Writer] writes flows one by one. Reading an archive that the
// writer wrote gives the same flows.
//
// An archive differs from the traffic on the wire, and so do the flows that are read from one:
//   - Bodies in an archive are decoded. A Content-Encoding that no longer applies to the bytes is
//     dropped, and Content-Length is the length of the decoded body. Text is converted back to the
//     charset in Content-Type; if that is impossible, Content-Type becomes utf-8.
//   - A body in a file of its own (Playwright) is read by ReadConfig.Open.
//   - NaN and infinite numbers are unknown ones.
//   - A body that the recorder omitted or cut is marked as truncated and has its original size. One
//     that redaction omitted has a comment beside its size, and is read as a truncated one.
//   - HTTP/2 pseudo-headers, fragments and the userinfo of URLs are dropped. Values that a recorder
//     joined by line breaks become separate lines again.
//   - An entry without a response (status 0 or -1) has the recorder's error message in Err.
//   - WebSocket messages are read and written in Chrome's format, with times in microseconds.
//   - Entries that are not HTTP (data:, blob:, about:, browser extensions) are skipped and counted.
//
// Timings other than the total, the lists of cookies and pages, and initiators are not kept.
package har

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// entry is one exchange of an archive, http://www.softwareishard.com/blog/har-12-spec/#entries.
// Members that start with "_" are extensions: browsers define those that say so, and this package
// the others.
type entry struct {
	StartedDateTime string        `json:"startedDateTime"`
	Time            *number       `json:"time"`
	Request         *request      `json:"request"`
	Response        *response     `json:"response"`
	Cache           *unreadObject `json:"cache"`
	Timings         *timings      `json:"timings"`
	Pending         bool          `json:"_pending,omitempty"` // this package: the response is outstanding
	Err             string        `json:"_error,omitempty"`

	ResourceType string      `json:"_resourceType,omitempty"`
	Messages     []wsMessage `json:"_webSocketMessages,omitempty"`

	open opener
}

type request struct {
	Method      string      `json:"method"`
	URL         string      `json:"url"`
	HTTPVersion string      `json:"httpVersion"`
	Cookies     unreadPairs `json:"cookies"`
	Headers     []pair      `json:"headers"`
	QueryString []pair      `json:"queryString"`
	PostData    *postData   `json:"postData,omitempty"`
	HeadersSize *number     `json:"headersSize"`
	BodySize    *number     `json:"bodySize"`
	Trailers    []pair      `json:"_trailers,omitempty"`
	Changed     string      `json:"_changed,omitempty"` // this package: the parts that a rule changed
}

type response struct {
	Status      *number     `json:"status"`
	StatusText  string      `json:"statusText"`
	HTTPVersion string      `json:"httpVersion"`
	Cookies     unreadPairs `json:"cookies"`
	Headers     []pair      `json:"headers"`
	Content     *content    `json:"content"`
	RedirectURL string      `json:"redirectURL"`
	HeadersSize *number     `json:"headersSize"`
	BodySize    *number     `json:"bodySize"`
	Err         string      `json:"_error,omitempty"` // Chrome: "net::ERR_…"
	Trailers    []pair      `json:"_trailers,omitempty"`
	Changed     string      `json:"_changed,omitempty"` // this package: the parts that a rule changed
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// unreadPairs and unreadObject are written for other programs, and not read: a mistake in them does
// no harm.
type (
	unreadPairs  []pair
	unreadObject struct{}
	comment      string
)

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (*comment) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (*unreadPairs) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (*unreadObject) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (*timings) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

type postData struct {
	MimeType          string  `json:"mimeType"`
	Params            []param `json:"params,omitempty"`
	Text              string  `json:"text"`
	Encoding          string  `json:"encoding,omitempty"`  // not in the specification, but written by recorders
	EncodingExtension string  `json:"_encoding,omitempty"` // the same, as an extension
	Size              *number `json:"_size,omitempty"`
	Truncated         bool    `json:"_truncated,omitempty"`
	File              string  `json:"_file,omitempty"` // Playwright: the body is in this file next to the archive
	Comment           comment `json:"comment,omitempty"`
}

type param struct {
	Name        string  `json:"name"`
	Value       *string `json:"value,omitempty"`
	FileName    string  `json:"fileName,omitempty"`
	ContentType string  `json:"contentType,omitempty"`
}

type content struct {
	Size      *number `json:"size"`
	MimeType  string  `json:"mimeType"`
	Text      *string `json:"text,omitempty"`
	File      string  `json:"_file,omitempty"` // as in postData
	Encoding  string  `json:"encoding,omitempty"`
	Truncated bool    `json:"_truncated,omitempty"`
	Comment   comment `json:"comment,omitempty"`
}

type timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// maxDuration bounds the duration of an entry, because a time.Duration holds less than 300 years.
const maxDuration = 10 * 365 * 24 * time.Hour
