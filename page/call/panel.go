// Package call is the panel Call of the page: requests that a person writes and sends.
//
// A request is an operation of an inferred document with arguments, or a flow with changes. Both
// become a [replay.Request], so that redaction, the policy decision and the egress are those of the
// command replay. The call prepare shows the request and its digest. The call send builds it again,
// and sends it only if the digest is the same, so that only the confirmed request is sent. The page
// is the person's, who confirms with the click. An agent has neither its link nor its cookie, and a
// page of another origin cannot call it.
//
// Read panel.go first, then build.go and fill.go.
package call

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/forgery"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// describeTime bounds the time that a call waits for a document.
const describeTime = 2 * time.Second

// Documents describes hosts, see [catalog.Background].
type Documents interface {
	Document(ctx context.Context, r catalog.Request, wait time.Duration) (*catalog.Document, error)
}

// Config configures the panel. All but Log are required, except to declare the calls.
type Config struct {
	Store     store.Reader
	Documents Documents
	Redact    replay.Redactor
	// Person sends the requests.
	Person replay.Person
	// Record stores an exchange and returns its number.
	Record func(ctx context.Context, f flow.Flow) (flow.Seq, error)
	// Environment supplies the credentials that a person chooses by the name of their scheme.
	Environment credential.Environment
	// Log gets a line for each request that is sent, without its values; nil discards it.
	Log *slog.Logger
}

// panel answers the calls. It is safe for concurrent use.
type panel struct {
	Config
	key string // binds digests to this panel
}

// Panel returns the calls of the panel.
func Panel(c Config) wire.Panel {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	p := &panel{c, rand.Text()}
	return wire.Panel{Name: "call", Calls: []wire.Call{
		wire.NewCall("form", p.form), wire.NewCall("draft", p.draft), wire.NewCall("prepare", p.prepare), wire.NewCall("send", p.send),
		wire.NewCall("recorded", p.recorded), wire.NewCall("fill", p.fill), wire.NewCall("history", p.history),
	}}
}

// Request is a request as the person wrote it: an operation with arguments, or a flow with a draft.
type Request struct {
	Operation *Operation `json:"operation,omitempty"`
	// Arguments are the arguments of the operation as JSON.
	Arguments string `json:"arguments,omitempty"`
	// Credential is the ID of a [Credential] of the operation; "" sends none.
	Credential string `json:"credential,omitempty"`

	Seq   flow.Seq `json:"seq,omitzero"`
	Draft *Draft   `json:"draft,omitempty"`
}

// Problem describes an invalid argument.
type Problem struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Prepared is a request that would be sent.
type Prepared struct {
	Problems []Problem `json:"problems"` // if there are any, the rest is empty
	Origin   string    `json:"origin"`
	// After says which requests are sent before it, for a session or a token: ", after GET /csrf".
	After string `json:"after,omitempty"`
	// Text is the request as HTTP/1.1 writes it, with placeholders instead of secrets. A body that
	// is not text is in Body only.
	Text string `json:"text"`
	// Body is the body, and Type its media type.
	Body []byte `json:"body,omitempty"`
	Type string `json:"type,omitempty"`
	// Digest is the digest of everything that would be sent. Send requires it.
	Digest string `json:"digest"`
	// Writes means that the request may do more than read, Local that it goes to this machine or
	// its network.
	Writes bool `json:"writes,omitzero"`
	Local  bool `json:"local,omitzero"`
}

// prepare returns what would be sent.
func (p *panel) prepare(ctx context.Context, in Request) (Prepared, error) {
	out := Prepared{Problems: []Problem{}}
	r, problems, err := p.build(ctx, in)
	var mistake *tool.Error
	if errors.As(err, &mistake) { // the person is still writing
		problems, err = []Problem{{"", strings.TrimPrefix(mistake.Message, "argument ")}}, nil
	}
	if err != nil || len(problems) > 0 {
		out.Problems = append(out.Problems, problems...)
		return out, shown(err)
	}
	ready, err := p.Person.Prepare(r)
	if err != nil {
		out.Problems = append(out.Problems, Problem{"", err.Error()})
		return out, nil
	}
	defer ready.Close()
	text, err := ready.Preview()
	if err != nil {
		out.Problems = append(out.Problems, Problem{"", err.Error()})
		return out, nil
	}
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	out.Origin, out.Text, out.Body = r.Flow.Request.Origin(), string(head), body
	call := r.ShownCall()
	for _, h := range call.Header {
		if http.CanonicalHeaderKey(h.Name) == "Content-Type" {
			out.Type = h.Value
		}
	}
	out.After, out.Writes, out.Local = r.After(), !r.IsRead(), r.Local()
	out.Digest = p.digest(ready, r)
	return out, nil
}

// digest returns the digest of a request, which only this panel can compute.
func (p *panel) digest(ready *replay.Prepared, r *replay.Request) string {
	return guard.DigestOf([]any{p.key, ready.Digest().String(), r.After()}).String()
}

// SendRequest is a request that the person has seen.
type SendRequest struct {
	Request Request `json:"request"`
	Digest  string  `json:"digest"` // from the result of prepare
	// Seconds to wait for the answer; 0 is 30.
	Seconds float64 `json:"seconds,omitzero"`
}

// Sent is the answer.
type Sent struct {
	Status int     `json:"status"`
	Took   float64 `json:"took"` // milliseconds
	// Refused says why the app took the request for a forged one.
	Refused string `json:"refused,omitempty"`
	// Seq is the number of the stored flow. If it could not be stored, NotStored says why, and the
	// answer follows.
	Seq       flow.Seq      `json:"seq,omitzero"`
	NotStored string        `json:"not_stored,omitempty"`
	Headers   []egress.Pair `json:"headers"`
	Type      string        `json:"type,omitempty"`
	Body      []byte        `json:"body,omitempty"`
	// Cut means that the end of the body was not received.
	Cut bool `json:"cut,omitzero"`
}

// send sends the request that the person has seen, once.
func (p *panel) send(ctx context.Context, in SendRequest) (Sent, error) {
	r, problems, err := p.build(ctx, in.Request)
	if err != nil || len(problems) > 0 {
		return Sent{}, changed(err)
	}
	ready, err := p.Person.Prepare(r)
	if err != nil {
		return Sent{}, &wire.Error{Message: "nothing was sent: " + err.Error()}
	}
	defer ready.Close()
	if in.Digest == "" || in.Digest != p.digest(ready, r) {
		return Sent{}, changed(nil)
	}
	p.Log.Info("request of the page", "method", r.Call.Method, "origin", r.Flow.Request.Origin()+r.After(), "digest", ready.Digest().String())
	timeout := 30 * time.Second
	if in.Seconds > 0 {
		timeout = min(time.Duration(in.Seconds*float64(time.Second)), replay.MaxTimeout)
	}
	ctx = guard.WithPass(ctx, &guard.Pass{Note: func(guard.Note) error { return nil }}) // by the person's click, for the sign-in, too
	raw, answer, err := ready.Send(ctx, timeout)
	if err != nil {
		return Sent{}, shown(err)
	}
	out := Sent{Status: raw.Response.Status, Took: float64(raw.Took.Microseconds()) / 1000,
		Refused: string(forgery.Of(raw.Response.Status, "", raw.Response.Header, raw.Response.Body))}
	if out.Seq, err = p.Record(ctx, r.ForStore(raw)); err == nil {
		return out, nil
	}
	p.Log.Warn("an exchange of the page was not stored", "err", err)
	out.Seq, out.NotStored = 0, "the store could not be written"
	for _, h := range answer.Response.Header {
		out.Headers = append(out.Headers, egress.Pair(h))
	}
	out.Type, out.Body, out.Cut = answer.Response.Header.Get("Content-Type"), answer.Response.Body.Data, answer.Response.Body.Truncated
	return out, nil
}

// changed returns the error for a request that is not the one that was shown.
func changed(cause error) error {
	e := &wire.Error{Message: "nothing was sent: the request would differ from the one that was shown", Try: "look at it again, then send it"}
	var known *wire.Error
	if cause != nil && errors.As(shown(cause), &known) {
		e.Message += ": " + known.Message
	}
	return e
}

// shown converts errors that the person should see.
func shown(err error) error {
	var e *tool.Error
	var notReady *catalog.NotReadyError
	switch {
	case errors.As(err, &e):
		return &wire.Error{Message: e.Message}
	case errors.Is(err, store.ErrNotFound):
		return &wire.Error{Message: "this flow is no longer in the store", NotFound: true}
	case errors.As(err, new(*catalog.NoHostError)), errors.Is(err, catalog.ErrNoFlows):
		return &wire.Error{Message: "the store has no flows of this host", NotFound: true}
	case errors.As(err, &notReady):
		return &wire.Error{Message: notReady.Error(), Try: "open it again in a few seconds"}
	}
	return err
}
