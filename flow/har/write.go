package har

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// WriteConfig configures a Writer.
type WriteConfig struct {
	// Redact removes secrets from a flow before it is written. If it is nil, flows are written with
	// their secrets.
	Redact func(flow.Flow) flow.Flow
	// Version is the version of the program, for the archive's creator.
	Version string
}

// Writer writes one archive, entry by entry. It is not safe for concurrent use.
type Writer struct {
	cfg     WriteConfig
	w       *bufio.Writer
	entries int
	err     error
}

// NewWriter starts an archive in w. The archive is incomplete until Close.
func NewWriter(w io.Writer, cfg WriteConfig) *Writer {
	return &Writer{cfg: cfg, w: bufio.NewWriterSize(w, 64<<10)}
}

func (w *Writer) head() {
	creator, _ := json.Marshal(map[string]string{"name": "spectap", "version": w.cfg.Version},
		json.Deterministic(true))
	w.w.WriteString(`{"log":{"version":"1.2","creator":`)
	w.w.Write(creator)
	w.w.WriteString(`,"entries":[`)
}

// Write adds a flow. After an error of the underlying writer, it returns that error.
func (w *Writer) Write(f flow.Flow) error {
	if w.err != nil {
		return w.err
	}
	if w.cfg.Redact != nil {
		f = w.cfg.Redact(f)
	}
	e := entryOf(&f)
	line, err := json.Marshal(e, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	if w.entries == 0 {
		w.head()
	} else {
		w.w.WriteByte(',')
	}
	w.entries++
	w.w.WriteByte('\n')
	_, w.err = w.w.Write(line)
	return w.err
}

// Close ends the archive. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.entries == 0 {
		w.head()
	}
	w.w.WriteString("\n]}}\n")
	w.err = errors.New("archive is closed")
	return w.w.Flush()
}

func entryOf(f *flow.Flow) *entry {
	ms := millis(f.Took)
	e := &entry{
		StartedDateTime: f.Started.UTC().Format(time.RFC3339Nano),
		Time:            newNumber(ms),
		Request:         requestOf(&f.Request),
		Response:        responseOf(f.Response),
		Cache:           &unreadObject{},
		Timings:         &timings{Wait: ms},
		Pending:         !f.Done,
		Err:             f.Err,
	}
	if e.Messages = wsMessagesOf(f); e.Messages != nil {
		e.ResourceType = "websocket"
		e.Request.URL = "ws" + strings.TrimPrefix(e.Request.URL, "http")
	}
	return e
}

func requestOf(r *flow.Request) *request {
	out := &request{
		Method: latin1(r.Method), URL: latin1(r.URL()), HTTPVersion: r.Proto,
		Cookies: requestCookies(r.Header), Headers: pairsOf(r.Header), QueryString: queryPairs(r.RawQuery),
		HeadersSize: newNumber(-1), BodySize: newNumber(float64(r.Body.Size)),
		Trailers: trailersOf(r.Trailer), Changed: r.Changed.String(),
	}
	if r.Path == "*" {
		out.URL = latin1(r.Origin() + "/*")
	}
	if why := r.Body.Omitted; why != "" {
		out.PostData = &postData{MimeType: latin1(r.Header.Get("Content-Type")), Comment: omission(r.Body.Size, why)}
		return out
	}
	if len(r.Body.Data) == 0 {
		return out
	}
	text, encoding, truncated := textOf(r.Header, r.Body)
	out.PostData = &postData{MimeType: latin1(r.Header.Get("Content-Type")), Text: text, EncodingExtension: encoding}
	if truncated {
		out.PostData.Truncated, out.PostData.Size = true, newNumber(float64(r.Body.Size))
	}
	return out
}

func responseOf(r *flow.Response) *response {
	if r == nil {
		return &response{
			Status: newNumber(0), Cookies: []pair{}, Headers: []pair{}, HeadersSize: newNumber(-1),
			BodySize: newNumber(-1),
			Content:  &content{Size: newNumber(0), MimeType: "x-unknown"},
		}
	}
	out := &response{
		Status: newNumber(float64(r.Status)), StatusText: http.StatusText(r.Status), HTTPVersion: r.Proto,
		Cookies: responseCookies(r.Header), Headers: pairsOf(r.Header),
		RedirectURL: latin1(r.Header.Get("Location")), HeadersSize: newNumber(-1),
		BodySize: newNumber(float64(r.Body.Size)),
		Trailers: trailersOf(r.Trailer), Changed: r.Changed.String(),
		Content: &content{Size: newNumber(float64(r.Body.Size)), MimeType: latin1(r.Header.Get("Content-Type"))},
	}
	if out.Content.MimeType == "" {
		out.Content.MimeType = "x-unknown" // as browsers write; the member is required
	}
	if why := r.Body.Omitted; why != "" {
		out.Content.Comment = omission(r.Body.Size, why)
	}
	if len(r.Body.Data) == 0 {
		return out
	}
	text, encoding, truncated := textOf(r.Header, r.Body)
	out.Content.Text, out.Content.Encoding, out.Content.Truncated = &text, encoding, truncated
	if !truncated {
		n := len(text)
		if encoding != "" {
			n = len(strings.TrimRight(text, "=")) * 3 / 4
		}
		out.Content.Size = newNumber(float64(n))
	}
	return out
}

// omission is the comment in place of a body.
func omission(size int64, why string) comment { return comment(flow.Omission(size, why)) }

// textOf returns a body as an archive stores it: decoded, as text if that is reversible, else in
// base64.
func textOf(h flow.Header, b flow.Body) (text, encoding string, truncated bool) {
	raw, complete, err := decode.Bytes(h, b, 0)
	if err != nil { // does not match its header: the reader keeps such bytes as they are
		return base64.StdEncoding.EncodeToString(b.Data), "base64", b.Truncated
	}
	contentType := h.Get("Content-Type")
	if utf8Text, err := decode.ToUTF8(contentType, raw, true); err == nil && utf8.Valid(utf8Text) &&
		len(utf8Text) > 0 {
		if back, ok := decode.FromUTF8(contentType, utf8Text); ok && string(back) == string(raw) {
			return string(utf8Text), "", !complete
		}
	}
	return base64.StdEncoding.EncodeToString(raw), "base64", !complete
}

func pairsOf(h flow.Header) []pair {
	out := make([]pair, len(h))
	for i, f := range h {
		out[i] = pair{latin1(f.Name), latin1(f.Value)}
	}
	return out
}

func trailersOf(h flow.Header) []pair {
	if len(h) == 0 {
		return nil
	}
	return pairsOf(h)
}

// latin1 reads bytes that are not UTF-8 as ISO 8859-1, the historical charset of header values (RFC
// 9110, section 5.5).
func latin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// queryPairs returns the parameters of a query in order. One that cannot be unescaped stays as it
// is.
func queryPairs(query string) []pair {
	out := []pair{}
	for p := range decode.Pairs(query) {
		out = append(out, pair{latin1(p.Name), latin1(p.Value)})
	}
	return out
}

func requestCookies(h flow.Header) []pair {
	out := []pair{}
	for _, line := range h.Values("Cookie") {
		for part := range strings.SplitSeq(line, ";") {
			if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
				out = append(out, pair{latin1(name), latin1(value)})
			}
		}
	}
	return out
}

func responseCookies(h flow.Header) []pair {
	out := []pair{}
	for _, line := range h.Values("Set-Cookie") {
		part, _, _ := strings.Cut(line, ";")
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			out = append(out, pair{latin1(name), latin1(value)})
		}
	}
	return out
}

func newNumber(v float64) *number { n := number(v); return &n }

// MarshalJSONTo implements json.MarshalerTo: it writes a number without an exponent.
func (n *number) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(jsontext.Value(strconv.FormatFloat(float64(*n), 'f', -1, 64)))
}

func millis(d time.Duration) float64 {
	return math.Round(float64(d)) / 1e6
}

// encodePairs returns names and values as a query string or form, in order.
func encodePairs(pairs []pair) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
	}
	return b.String()
}
