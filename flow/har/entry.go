package har

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// number is a JSON number, null, or a number in a string, which some recorders write.
type number float64

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (n *number) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch tok.Kind() {
	case 'n':
		return nil
	case '0', '"':
		if v, err := strconv.ParseFloat(tok.String(), 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			*n = number(v)
			return nil
		}
	}
	return errors.New("must be a number")
}

// flow returns the entry as a flow without Source.
func (e *entry) flow() (flow.Flow, error) {
	var f flow.Flow
	if e.Request == nil {
		return f, errors.New("request: missing")
	}
	if e.Request.URL == "" {
		return f, errors.New("request.url: missing")
	}
	if e.Request.Method == connect { // a tunnel, as Charles and Fiddler list them
		return f, exchange.ErrNotHTTP
	}
	u, err := exchange.SplitURL(e.Request.URL)
	if errors.Is(err, exchange.ErrNotHTTP) {
		return f, err
	} else if err != nil {
		return f, fmt.Errorf("request.url: %w", err)
	}
	if f.Started, err = parseTime(e.StartedDateTime); err != nil {
		return f, err
	}
	if f.Took, err = parseDuration(e.Time); err != nil {
		return f, err
	}
	f.ID = flow.NewID()
	f.Done = !e.Pending
	f.Request, err = e.Request.flow(u, e.open)
	if err != nil {
		return f, err
	}
	f.Err = e.Err
	if f.Response, err = e.Response.flow(&f.Err, e.open); err != nil {
		return f, err
	}
	f.Messages, err = e.messages(f.Started, &f.Err)
	if f.Response == nil && f.Err == "" && f.Done {
		f.Err = "no answer"
	}
	return f, err
}

func (r *request) flow(u exchange.URL, open opener) (flow.Request, error) {
	out := flow.Request{
		Method: r.Method, Scheme: u.Scheme, Authority: u.Authority, Path: u.Path, RawQuery: u.RawQuery,
		Proto: exchange.Proto(r.HTTPVersion),
	}
	if r.Method == "" {
		return out, errors.New("request.method: missing")
	}
	if !httpguts.ValidHeaderFieldName(r.Method) { // methods and field names are both tokens
		return out, errors.New("request.method: not a method")
	}
	if !u.HasQuery && len(r.QueryString) > 0 {
		out.RawQuery = encodePairs(r.QueryString)
	}
	if out.Method == "OPTIONS" && u.Path == "/*" {
		out.Path = "*"
	}
	if err := checkSizes("request", r.HeadersSize, r.BodySize); err != nil {
		return out, err
	}
	out.Header = headerOf(r.Headers)
	out.Trailer = headerOf(r.Trailers)
	out.Changed = flow.ParseChange(r.Changed)
	var err error
	out.Header, out.Body, err = r.PostData.body(out.Header, r.BodySize, open)
	return out, err
}

// flow returns the response, or nil if there is none. It stores the reason for a missing or partial
// response in *cause.
func (r *response) flow(cause *string, open opener) (*flow.Response, error) {
	if r == nil {
		return nil, nil
	}
	*cause = cmp.Or(*cause, r.Err)
	if r.Status == nil {
		return nil, errors.New("response.status: missing")
	}
	status := float64(*r.Status)
	if status == 0 || status == -1 { // Chrome and Firefox write 0, Playwright -1
		*cause = cmp.Or(*cause, r.StatusText)
		return nil, nil
	}
	if status < 100 || status > 999 || status != math.Trunc(status) {
		return nil, fmt.Errorf("response.status: %v is not a status", status)
	}
	if err := checkSizes("response", r.HeadersSize, r.BodySize); err != nil {
		return nil, err
	}
	out := &flow.Response{
		Status: int(status), Proto: exchange.Proto(r.HTTPVersion),
		Header: headerOf(r.Headers), Trailer: headerOf(r.Trailers),
		Changed: flow.ParseChange(r.Changed),
	}
	var err error
	out.Header, out.Body, err = r.Content.body(out.Header, r.BodySize, open)
	return out, err
}

// headerOf returns the lines of a message without HTTP/2 pseudo-headers. Chrome joins lines of the
// same name by line breaks, which cannot occur in a value.
func headerOf(pairs []pair) flow.Header {
	if len(pairs) == 0 {
		return nil
	}
	h := make(flow.Header, 0, len(pairs))
	for _, p := range pairs {
		if p.Name == "" || p.Name[0] == ':' {
			continue
		}
		for v := range strings.SplitSeq(p.Value, "\n") {
			h = append(h, flow.Field{Name: p.Name, Value: strings.TrimRight(v, "\r")})
		}
	}
	return h
}

// checkSizes rejects impossible sizes; -1 means unknown.
func checkSizes(where string, headersSize, bodySize *number) error {
	for _, s := range []struct {
		name string
		n    *number
	}{{"headersSize", headersSize}, {"bodySize", bodySize}} {
		if _, err := size(s.n); err != nil {
			return fmt.Errorf("%s.%s: %w", where, s.name, err)
		}
	}
	return nil
}

// size returns a size in bytes, or -1 if it is unknown.
func size(n *number) (int64, error) {
	switch {
	case n == nil || *n == -1:
		return -1, nil
	case *n < 0:
		return 0, errors.New("negative size")
	case *n > 1<<53:
		return 0, errors.New("impossible size")
	}
	return int64(*n), nil
}

// parseTime reads an ISO 8601 time with a zone in any format, or in UTC without one. Handwritten
// archives may omit the time; it is then the Unix epoch.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
			return t.UTC(), nil // that can be written again
		}
	}
	return time.Time{}, errors.New("startedDateTime: not an ISO 8601 time")
}

// parseDuration reads milliseconds. Recorders write -1 for an unknown time, and Chrome sometimes a
// small negative number after a change of the clock.
func parseDuration(n *number) (time.Duration, error) {
	if n == nil || *n <= 0 {
		return 0, nil
	}
	if float64(*n) > float64(maxDuration/time.Millisecond) {
		return 0, errors.New("time: too long")
	}
	return time.Duration(math.Round(float64(*n) * 1e6)), nil
}

// memberName writes a JSON pointer in the usual notation: request.headers[3].value.
func memberName(p jsontext.Pointer) string {
	var b strings.Builder
	for tok := range p.Tokens() {
		if _, err := strconv.Atoi(tok); err == nil {
			b.WriteString("[" + tok + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(tok)
	}
	if b.Len() == 0 {
		return "entry"
	}
	return b.String()
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{':
		return "object"
	case '[':
		return "array"
	}
	return "value"
}
