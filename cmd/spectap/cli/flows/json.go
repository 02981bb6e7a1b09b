package flows

import (
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/delta"
	"github.com/spectap/spectap/flow/redact"
)

// FlowSummary is the JSON object that `flows ls --json` prints for a flow. Scripts rely on its
// names.
type FlowSummary struct {
	Number        uint64   `json:"number"`
	ID            string   `json:"id"`
	Source        string   `json:"source"`
	Session       uint64   `json:"session,omitzero"`
	Tags          []string `json:"tags,omitempty"`
	Started       string   `json:"started"` // RFC 3339, UTC
	TookMS        float64  `json:"took_ms"`
	Method        string   `json:"method"`
	Scheme        string   `json:"scheme"`
	Host          string   `json:"host"`
	Path          string   `json:"path"`
	Query         string   `json:"query,omitempty"`
	RequestType   string   `json:"request_type,omitempty"`
	RequestBytes  int64    `json:"request_bytes"`
	Status        int      `json:"status,omitzero"` // absent without a response
	ResponseType  string   `json:"response_type,omitempty"`
	ResponseBytes int64    `json:"response_bytes"`
	Truncated     bool     `json:"truncated,omitzero"` // the end of a body is missing
	BodyLost      bool     `json:"body_lost,omitzero"` // a body was dropped for lack of memory
	Error         string   `json:"error,omitempty"`
	Done          bool     `json:"done"`
}

// summaryOfFlow returns the summary of f without redacting it.
func summaryOfFlow(f *flow.Flow) FlowSummary {
	s := FlowSummary{
		Number: uint64(f.Seq), ID: f.ID.String(), Source: f.Source, Session: f.Session, Tags: f.Tags,
		Started: f.Started.UTC().Format(time.RFC3339Nano), TookMS: float64(f.Took.Microseconds()) / 1000,
		Method: f.Request.Method, Scheme: f.Request.Scheme, Host: f.Request.Authority,
		Path: f.Request.Path, Query: f.Request.RawQuery,
		RequestType: f.Request.Header.MediaType(), RequestBytes: f.Request.Body.Size,
		Truncated: f.Request.Body.Truncated, BodyLost: f.Request.Body.Dropped, Error: f.Err, Done: f.Done,
	}
	if r := f.Response; r != nil {
		s.Status, s.ResponseType, s.ResponseBytes = r.Status, r.Header.MediaType(), r.Body.Size
		s.Truncated, s.BodyLost = s.Truncated || r.Body.Truncated, s.BodyLost || r.Body.Dropped
	}
	return s
}

func (l *listing) jsonRow(red *redact.Redactor, f *flow.Flow) error {
	if !l.reveal {
		f.Request.Path, f.Request.RawQuery = red.Path(f.Request.Path), red.Query(f.Request.RawQuery)
		f.Err = red.Text(f.Err)
	}
	return PrintJSON(l.p, summaryOfFlow(f))
}

// PrintJSON prints v as one line of JSON.
func PrintJSON(p *cli.Program, v any) error {
	b, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = p.JSONOut().Write(append(b, '\n'))
	return err
}

// flowDetail is the JSON object that `flows show --json` prints.
type flowDetail struct {
	FlowSummary
	Request  messageDetail  `json:"request"`
	Response *messageDetail `json:"response,omitempty"`
	Messages []socketDetail `json:"messages,omitempty"`
}

// socketDetail is one message of a WebSocket.
type socketDetail struct {
	AtMS       float64 `json:"at_ms"` // since the flow started
	FromClient bool    `json:"from_client"`
	Kind       string  `json:"kind"`
	Data       string  `json:"data,omitempty"`
	Base64     string  `json:"data_base64,omitempty"` // instead of data, for bytes that are not UTF-8
	Bytes      int64   `json:"bytes"`
	Truncated  bool    `json:"truncated,omitzero"`
	Omitted    string  `json:"omitted,omitempty"` // why the data is omitted, and its digest
}

type messageDetail struct {
	Proto   string      `json:"proto,omitempty"`
	Headers [][2]string `json:"headers"`
	Trailer [][2]string `json:"trailer,omitempty"`
	// Body is the decoded body; Base64 replaces it for bytes that are not UTF-8.
	Body   string `json:"body,omitempty"`
	Base64 string `json:"body_base64,omitempty"`
	// Answer is the assembled message if the body is the stream of a language model.
	Answer    *delta.Answer `json:"answer,omitempty"`
	Omitted   string        `json:"omitted,omitempty"` // why the body is omitted, and its digest
	Truncated bool          `json:"truncated,omitzero"`
	Lost      bool          `json:"lost,omitzero"`
	Changed   string        `json:"changed_by_rule,omitempty"` // the changed parts; the message is shown as its sender sent it
	Host      string        `json:"foreign_host,omitempty"`    // a Host header that differs from the host of the connection
	// ServerName is that of the TLS handshake (SNI), if it differs from the host of the connection.
	ServerName string `json:"foreign_server_name,omitempty"`
}

func detailOf(f *flow.Flow) flowDetail {
	d := flowDetail{FlowSummary: summaryOfFlow(f)}
	d.Request = messageOf(f.Request.Proto, f.Request.Header, f.Request.Trailer, f.Request.Body)
	d.Request.Changed, d.Request.Host = f.Request.Changed.String(), f.Request.ForeignHost()
	d.Request.ServerName = f.ForeignServerName()
	if r := f.Response; r != nil {
		m := messageOf(r.Proto, r.Header, r.Trailer, r.Body)
		m.Changed = r.Changed.String()
		d.Response = &m
	}
	for _, m := range f.Messages {
		s := socketDetail{
			AtMS: float64(m.At.Microseconds()) / 1000, FromClient: m.FromClient, Kind: m.Kind.String(),
			Bytes: m.Size, Truncated: m.Truncated, Omitted: m.Omitted,
		}
		if utf8.Valid(m.Data) {
			s.Data = string(m.Data)
		} else {
			s.Base64 = base64.StdEncoding.EncodeToString(m.Data)
		}
		d.Messages = append(d.Messages, s)
	}
	return d
}

func messageOf(proto string, h, trailer flow.Header, b flow.Body) messageDetail {
	m := messageDetail{
		Proto: proto, Headers: linesOf(h), Trailer: linesOf(trailer), Truncated: b.Truncated, Lost: b.Dropped, Omitted: b.Omitted,
	}
	data, complete, err := decode.Body(h, b, 0)
	if err != nil {
		data = b.Data
	}
	m.Truncated = m.Truncated || !complete
	if answer, ok := delta.Read(h.MediaType(), data); ok {
		m.Answer = &answer
	}
	if utf8.Valid(data) {
		m.Body = string(data)
	} else {
		m.Base64 = base64.StdEncoding.EncodeToString(data)
	}
	return m
}

func linesOf(h flow.Header) [][2]string {
	out := make([][2]string, len(h))
	for i, f := range h {
		out[i] = [2]string{f.Name, f.Value}
	}
	return out
}
