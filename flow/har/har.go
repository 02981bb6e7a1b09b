// Package har reads and writes HTTP archives, HAR 1.2.
//
// [Read] takes an archive of any size, gzipped or not, and yields its flows one by one: memory is bounded by
// the largest entry. [Writer] writes one as flows come. What the writer wrote, the reader gives back.
//
// An archive is not what was on the wire, and the flows that come from one say what is known:
//   - Bodies in an archive are decoded. A Content-Encoding line whose encoding is not in the bytes any more is
//     left out, and Content-Length says how long the body is now. Text is encoded again in the charset that
//     Content-Type names; where that is impossible Content-Type says utf-8.
//   - A body that the recorder left out or cut is marked as truncated, with the size it had.
//   - HTTP/2 pseudo headers and fragments are dropped, and so is userinfo in a URL. Values that a recorder
//     joined by line breaks are lines of their own again.
//   - An entry that got no answer (status 0 or -1) has no response, and the recorder's words as Err.
//   - Messages of WebSockets are read and written in Chrome's form, their times in microseconds.
//   - Entries that are not HTTP (data:, blob:, about:, browser extensions) are left out and counted.
//
// Timings but the total, cookies and pages as lists of their own, and initiators are not kept.
package har

import "time"

// entry is one exchange of an archive, http://www.softwareishard.com/blog/har-12-spec/#entries. Members that
// start with "_" are extensions: those of browsers are named where they are used, the others are ours.
type entry struct {
	StartedDateTime string    `json:"startedDateTime"`
	Time            *number   `json:"time"`
	Request         *request  `json:"request"`
	Response        *response `json:"response"`
	Cache           *struct{} `json:"cache,omitempty"`
	Timings         *timings  `json:"timings,omitempty"`
	Pending         bool      `json:"_pending,omitempty"` // ours: the answer was still awaited
	Err             string    `json:"_error,omitempty"`

	ResourceType string      `json:"_resourceType,omitempty"`
	WebSocket    []wsMessage `json:"_webSocketMessages,omitempty"`
}

type request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []pair    `json:"cookies"`
	Headers     []pair    `json:"headers"`
	QueryString []pair    `json:"queryString"`
	PostData    *postData `json:"postData,omitempty"`
	HeadersSize *number   `json:"headersSize"`
	BodySize    *number   `json:"bodySize"`
	Trailers    []pair    `json:"_trailers,omitempty"`
}

type response struct {
	Status      *number  `json:"status"`
	StatusText  string   `json:"statusText"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []pair   `json:"cookies"`
	Headers     []pair   `json:"headers"`
	Content     *content `json:"content"`
	RedirectURL string   `json:"redirectURL"`
	HeadersSize *number  `json:"headersSize"`
	BodySize    *number  `json:"bodySize"`
	Err         string   `json:"_error,omitempty"` // Chrome: "net::ERR_…"
	Trailers    []pair   `json:"_trailers,omitempty"`
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type postData struct {
	MimeType  string  `json:"mimeType"`
	Params    []param `json:"params,omitempty"`
	Text      string  `json:"text"`
	Encoding  string  `json:"encoding,omitempty"`  // not in the specification, but recorders write it
	Encoding2 string  `json:"_encoding,omitempty"` // the same, as an extension
	Size      *number `json:"_size,omitempty"`
	Truncated bool    `json:"_truncated,omitempty"`
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
	Encoding  string  `json:"encoding,omitempty"`
	Truncated bool    `json:"_truncated,omitempty"`
}

type timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// maxTook bounds what an entry may claim to have lasted: a duration holds less than 300 years.
const maxTook = 10 * 365 * 24 * time.Hour
