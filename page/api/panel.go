// Package api is the panel API of the page: the hosts, the operations of their inferred documents,
// and the evidence of each decision.
//
// It changes only the file of a person's corrections, as the command correct does. Documents and
// explanations contain no values of traffic except those of enums. Explanations are redacted, since
// the name of a property may be a secret. Read panel.go first, then operation.go, correct.go,
// review.go and lint.go.
package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

const (
	// describeTime bounds the time that a call waits for a document.
	describeTime = 2 * time.Second
	// look is the polling interval for the store.
	look = time.Second
	// rest is the minimum time between documents, because building one takes CPU time that a busy
	// proxy needs. The feed rests restShare times as long as it worked.
	rest      = 3 * time.Second
	restShare = 10
)

// Documents describes hosts. Its methods may be called from any goroutine, see
// [catalog.Background].
type Documents interface {
	Hosts(ctx context.Context, wait time.Duration) ([]infer.HostSummary, error)
	Document(ctx context.Context, r catalog.Request, wait time.Duration) (*catalog.Document, error)
	Preview(ctx context.Context, r catalog.Request, wait time.Duration, with *correction.Corrections) (*catalog.Document, error)
	Explain(ctx context.Context, r catalog.Request, wait time.Duration, method, path string) (*infer.Explanation, error)
}

// Redactor removes secrets. Its methods may be called from any goroutine.
type Redactor interface{ Text(s string) string }

// Config configures the panel. All but the last four are required, except to declare the
// calls.
type Config struct {
	Store     store.Reader
	Documents Documents
	Redact    Redactor
	// Corrections is the file that a person corrects. Nil means that the panel only reads.
	Corrections *overrides.File
	// Given is a document that the person compares with, or nil. LastExport is nil if exports are
	// unknown.
	Given      *Given
	LastExport LastExport
	// Exported is called for each document that the person saves; it may be nil.
	Exported func(ctx context.Context, d *catalog.Document)
}

// panel answers the calls. It is safe for concurrent use.
type panel struct {
	Config
	comparer diff.Comparer
	linter   linter
}

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	p := &panel{Config: c}
	return wire.Panel{
		Name: "api",
		Calls: []wire.Call{
			wire.NewCall("operation", p.operation), wire.NewCall("document", p.document), wire.NewCall("download", p.download),
			wire.NewCall("correct", p.correct), wire.NewCall("remove", p.remove), wire.NewCall("undo", p.undo),
			wire.NewCall("corrections", p.corrections), wire.NewCall("literals", p.literals),
			wire.NewCall("changes", p.changes), wire.NewCall("lint", p.lint), wire.NewCall("lintOperation", p.lintOperation),
			wire.NewCall("coverage", p.coverage), wire.NewCall("workflows", p.workflows), wire.NewCall("arazzo", p.arazzo),
		},
		Feeds: []wire.Feed{wire.NewFeed("learned", p.learned)},
	}
}

// HostQuery names a host.
type HostQuery struct {
	// Host is a whole authority. The feed takes "" for the host with the most operations.
	Host string `json:"host"`
}

// Host is a host with flows.
type Host struct {
	Name       string `json:"name"`
	Flows      int64  `json:"flows"`
	Operations int    `json:"operations"`
}

// Status is a response status of an operation with the number of responses.
type Status struct {
	Status int   `json:"status"`
	Count  int64 `json:"count"`
}

// Operation is an operation in the list.
type Operation struct {
	Method   string   `json:"method"`
	Path     string   `json:"path"` // the template, below the prefix of the servers
	Name     string   `json:"name"`
	Flows    int64    `json:"flows"`
	Statuses []Status `json:"statuses"`
}

// LeftOut counts flows that belong to no operation.
type LeftOut struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// Learned is the state of the catalog.
type Learned struct {
	Hosts []Host `json:"hosts"` // the one with the most operations first
	// Host is the host of the operations below, or "" if the store does not have it.
	Host       string      `json:"host"`
	Servers    []string    `json:"servers"`
	Operations []Operation `json:"operations"`
	// LeftOut counts the flows of the host that no operation has, by the reason, the most frequent
	// first.
	LeftOut []LeftOut `json:"left_out"`
	// Learning means that flows are still being read; Read counts them.
	Learning bool  `json:"learning"`
	Read     int64 `json:"read,omitzero"`
	// Corrections is the version of the corrections file. Correcting reports whether corrections
	// are possible.
	Corrections string `json:"corrections"`
	Correcting  bool   `json:"correcting"`
}

// learned sends the state of the catalog whenever it changes.
func (p *panel) learned(ctx context.Context, in HostQuery, _ string, send func(string, Learned) error) error {
	var sent *Learned
	var last store.Stat
	var rested time.Time // when the feed may look at the flows again
	for n := 1; ; {
		st, err := p.Store.Stat(ctx)
		if err != nil {
			return err
		}
		version := p.version()
		hasFlows := sent != nil && (sent.Learning || st.Last != last.Last || st.Deletions != last.Deletions)
		if sent == nil || version != sent.Corrections || hasFlows && !time.Now().Before(rested) {
			began := time.Now()
			now, err := p.know(ctx, in.Host)
			if err != nil {
				return err
			}
			now.Corrections, now.Correcting = version, p.Corrections != nil
			if sent == nil || !reflect.DeepEqual(*sent, now) {
				if err := send(strconv.Itoa(n), now); err != nil {
					return err
				}
				n++
			}
			sent, last = &now, st
			if !now.Learning {
				rested = time.Now().Add(max(rest, restShare*time.Since(began)))
			}
		}
		if err := pause.For(ctx, look); err != nil {
			return err
		}
	}
}

// know returns the state of the catalog about its hosts and the operations of one of them.
func (p *panel) know(ctx context.Context, host string) (Learned, error) {
	out := Learned{Hosts: []Host{}, Servers: []string{}, Operations: []Operation{}, LeftOut: []LeftOut{}}
	hosts, err := p.Documents.Hosts(ctx, describeTime)
	var notReady *catalog.NotReadyError
	switch {
	case errors.As(err, &notReady):
		out.Learning, out.Read = true, notReady.Read
		return out, nil
	case errors.Is(err, catalog.ErrNoFlows), err == nil && len(hosts) == 0:
		return out, nil
	case err != nil:
		return out, err
	}
	for _, h := range hosts {
		out.Hosts = append(out.Hosts, Host{h.Authority, h.Flows, h.Operations})
	}
	d, err := p.Documents.Document(ctx, catalog.Request{Hosts: []string{cmp.Or(host, hosts[0].Authority)}}, describeTime)
	if errors.As(err, &notReady) {
		out.Learning, out.Read = true, notReady.Read
		return out, nil
	}
	if err != nil {
		return out, err
	}
	host = d.Hosts[0] // that one may be assigned to
	at := slices.IndexFunc(out.Hosts, func(h Host) bool { return h.Name == host })
	if at < 0 {
		return out, nil
	}
	out.Host, out.Servers = host, d.Decided.Servers
	out.Hosts[at].Flows, out.Hosts[at].Operations = d.Decided.Flows, len(d.Decided.Operations)
	for i := range d.Decided.Operations {
		out.Operations = append(out.Operations, listed(&d.Decided.Operations[i]))
	}
	for _, x := range d.Decided.Excluded {
		out.LeftOut = append(out.LeftOut, LeftOut{infer.ReasonText(x.Reason), x.Count})
	}
	slices.SortStableFunc(out.LeftOut, func(a, b LeftOut) int { return cmp.Compare(b.Count, a.Count) })
	return out, nil
}

// listed returns an operation for the list.
func listed(op *infer.Operation) Operation {
	out := Operation{Method: op.Method, Path: op.Path, Name: op.ID, Flows: op.Seen, Statuses: []Status{}}
	for _, r := range op.Responses {
		out.Statuses = append(out.Statuses, Status{r.Status, r.Seen})
	}
	return out
}

// get returns the document of a host.
func (p *panel) get(ctx context.Context, host string) (*catalog.Document, error) {
	d, err := p.Documents.Document(ctx, catalog.Request{Hosts: []string{host}}, describeTime)
	if err == nil && d.Decided.Flows == 0 {
		err = &catalog.NoHostError{Host: host}
	}
	return d, explained(err)
}

// explained converts errors of the catalog to errors for the person.
func explained(err error) error {
	var notReady *catalog.NotReadyError
	switch {
	case errors.As(err, &notReady):
		return &wire.Error{Message: notReady.Error(), Try: "open it again in a few seconds"}
	case errors.As(err, new(*catalog.NoHostError)), errors.Is(err, catalog.ErrNoFlows):
		return &wire.Error{Message: "the store has no flows of this host", NotFound: true}
	}
	return err
}

// Text is the OpenAPI document of a host as YAML.
type Text struct {
	YAML string `json:"yaml"`
}

func (p *panel) document(ctx context.Context, in HostQuery) (Text, error) {
	d, err := p.get(ctx, in.Host)
	if err != nil {
		return Text{}, err
	}
	text, err := encoded(d)
	return Text{string(text)}, err
}

// encoded returns the text of a document.
func encoded(d *catalog.Document) ([]byte, error) {
	var b bytes.Buffer
	err := openapi.EncodeInferred(&b, d.OpenAPI, openapi.YAML)
	return b.Bytes(), err
}

var noFileName = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// fileName returns the name of a file about a host.
func fileName(host, kind string) string {
	return noFileName.ReplaceAllString(host, "-") + "." + kind + ".yaml"
}

// download returns the document as a file.
func (p *panel) download(ctx context.Context, in HostQuery) (*wire.File, error) {
	d, err := p.get(ctx, in.Host)
	if err != nil {
		return nil, err
	}
	if p.Exported != nil {
		p.Exported(ctx, d)
	}
	return &wire.File{
		Name: fileName(in.Host, "openapi"), Type: "application/yaml",
		Write: func(w io.Writer) error { return openapi.EncodeInferred(w, d.OpenAPI, openapi.YAML) },
	}, nil
}
