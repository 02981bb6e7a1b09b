package call

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Recorded is a flow of an operation, whose values a form can take.
type Recorded struct {
	Seq    flow.Seq `json:"seq"`
	Status int      `json:"status"`
	Target string   `json:"target"` // the path and the query, redacted
}

const (
	maxRecorded = 20
	// maxRead bounds the flows whose bodies are read, which is needed where the body determines the
	// operation.
	maxRead = 300
)

// RecordedFlows lists the newest flows of an operation, those that the server did not refuse first.
type RecordedFlows struct {
	Flows []Recorded `json:"flows"`
}

// recorded returns the newest flows of an operation that were answered.
func (p *panel) recorded(ctx context.Context, in Operation) (RecordedFlows, error) {
	out, refused := RecordedFlows{Flows: []Recorded{}}, []Recorded(nil)
	rt, err := p.router(ctx, in.Host)
	if err != nil {
		return out, shown(err)
	}
	q := store.Query{Authority: in.Host, Newest: true, Limit: maxScanned, NoBodies: true}
	if strings.Contains(in.Path, "#") {
		q.Limit, q.NoBodies = maxRead, false
	}
	for f, err := range p.Store.Scan(ctx, q) {
		if err != nil {
			return out, err
		}
		if f.Response == nil {
			continue
		}
		m, ok := rt.FindFlow(&f, in.Host)
		if !ok || m.Method != in.Method || m.Template != in.Path {
			continue
		}
		f.Request.Body = flow.Body{} // the body is not shown
		f = p.Redact.Flow(f)
		r := Recorded{f.Seq, f.Response.Status, f.Request.Target()}
		if r.Status >= 400 {
			refused = append(refused, r)
			continue
		}
		if out.Flows = append(out.Flows, r); len(out.Flows) == maxRecorded {
			break
		}
	}
	out.Flows = append(out.Flows, refused[:min(len(refused), maxRecorded-len(out.Flows))]...)
	return out, nil
}

// SentBefore is a request that was sent from the page, by replay or by an agent.
type SentBefore struct {
	Seq     flow.Seq  `json:"seq"`
	Started time.Time `json:"started"`
	Method  string    `json:"method"`
	Host    string    `json:"host"`
	Target  string    `json:"target"`          // redacted
	Status  int       `json:"status,omitzero"` // of the answer
}

// History are the newest requests that were sent, the newest first.
type History struct {
	Sent []SentBefore `json:"sent"`
}

// history returns the newest requests that were sent.
func (p *panel) history(ctx context.Context, _ wire.None) (History, error) {
	out := History{Sent: []SentBefore{}}
	for f, err := range p.Store.Scan(ctx, store.Query{Newest: true, Limit: maxScanned, NoBodies: true}) {
		if err != nil {
			return out, err
		}
		if f.Source != flow.SourceReplay {
			continue
		}
		f = p.Redact.Flow(f)
		one := SentBefore{f.Seq, f.Started, f.Request.Method, f.Request.Authority, f.Request.Target(), 0}
		if f.Response != nil {
			one.Status = f.Response.Status
		}
		if out.Sent = append(out.Sent, one); len(out.Sent) == maxRecorded {
			break
		}
	}
	return out, nil
}

// router returns the router of a host's document.
func (p *panel) router(ctx context.Context, host string) (*router.Router, error) {
	d, err := p.describe(ctx, host)
	if err != nil {
		return nil, err
	}
	return router.New(d.OpenAPI)
}

// FillQuery names an operation, and a flow of it.
type FillQuery struct {
	Operation Operation `json:"operation"`
	Seq       flow.Seq  `json:"seq"`
}

// Filled are the arguments that send the request of a flow again.
type Filled struct {
	Arguments string `json:"arguments"` // JSON
	// Hidden names the arguments that are missing because their values are secrets.
	Hidden []string `json:"hidden"`
}

// fill returns the arguments of a flow without secrets, since everything on the page is visible on
// a screen.
func (p *panel) fill(ctx context.Context, in FillQuery) (Filled, error) {
	out := Filled{Hidden: []string{}}
	set, err := p.tools(ctx, &in.Operation, "")
	if err != nil {
		return out, shown(err)
	}
	defer set.Close()
	f, err := p.Store.Get(ctx, in.Seq)
	if err != nil {
		return out, shown(err)
	}
	rt, err := p.router(ctx, in.Operation.Host)
	if err != nil {
		return out, shown(err)
	}
	m, ok := rt.FindFlow(&f, in.Operation.Host)
	if !ok || f.Request.Authority != in.Operation.Host || m.Method != in.Operation.Method || m.Template != in.Operation.Path {
		return out, &wire.Error{Message: fmt.Sprintf("flow %d is of another operation", in.Seq)}
	}
	path := f.Request.Path
	f = p.Redact.Flow(f)
	if again, ok := rt.FindFlow(&f, in.Operation.Host); ok && again.Template == m.Template { // with placeholders as parameters
		m = again
	} else if f.Request.Path != path { // the arguments then hold the secrets of the path
		return out, &wire.Error{Message: fmt.Sprintf("flow %d cannot fill the form: its path has a secret", in.Seq),
			Try: "send it again from Traffic, with Replay"}
	}
	_, raw, err := set.Arguments(m.Method, m.Template, m.Params, &f.Request)
	if err != nil {
		return out, &wire.Error{Message: fmt.Sprintf("flow %d cannot fill the form: %v", in.Seq, err), Try: "send it again from Traffic, with Replay"}
	}
	v, err := orderedjson.Decode(raw)
	if err != nil {
		return out, err
	}
	v, _ = withoutSecrets(v, "", &out.Hidden)
	out.Arguments = string(orderedjson.Encode(v))
	return out, nil
}

// withoutSecrets removes the values that hold placeholders, and adds their names to hidden. ok is
// false if v itself is to be removed.
func withoutSecrets(v any, name string, hidden *[]string) (kept any, ok bool) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, placeholder.Prefix) {
			*hidden = append(*hidden, name)
			return nil, false
		}
	case []any:
		out := make([]any, 0, len(v))
		for i, e := range v {
			if e, ok := withoutSecrets(e, fmt.Sprintf("%s[%d]", name, i), hidden); ok {
				out = append(out, e)
			}
		}
		return out, true
	case *orderedjson.Object:
		for _, n := range slices.Clone(v.Names()) {
			at := n
			if name != "" {
				at = name + "." + n
			}
			if e, ok := withoutSecrets(v.Value(n), at, hidden); ok {
				v.Set(n, e)
			} else {
				v.Delete(n)
			}
		}
	}
	return v, true
}
