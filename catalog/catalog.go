// Package catalog keeps the inferred API of every host in a store up to date: the model, the
// OpenAPI documents decided from it, and the learner that runs beside a proxy. Commands and tools
// share it.
//
// It opens no file and no connection: the caller opens the store and supplies the corrections.
//
// Read catalog.go first. A [Catalog] answers a call when its model is up to date; [Background]
// answers within a time limit and continues the work after it; a [Learner] adds flows while they
// are recorded.
package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/store"
)

// Store is the store of a catalog: flows to read, and the saved model.
type Store interface {
	store.Reader
	store.Models
}

// Config configures a catalog. Only Store is required.
type Config struct {
	// Store holds the flows and the saved model. The caller closes it after the last use of the
	// catalog.
	Store Store
	// Save selects when the model is saved to Store. The zero value never saves.
	Save SavePolicy
	// Corrections returns the corrections of a person. It is called for each document, so that a
	// changed file takes effect at once. Nil means no corrections.
	Corrections func() (correction.Corrections, error)
	// Hides, unless nil, selects values that no document shows, by the name of their parameter or
	// property and their text. With "" it reports whether it selects all values of the name. hosts
	// are those of the document.
	Hides func(hosts []string, name, text string) bool
	// Progress, unless nil, is called when flows begin to be read. It returns a function to call
	// for each flow read, by several goroutines, and one for the end.
	Progress func() (saw func(flow.Seq), done func())
}

// Catalog derives documents from the flows of a store. It learns only from flows that the saved
// model does not cover, and starts over when flows were deleted. All methods are safe for
// concurrent use. Calls wait for each other while they use the model; a request with a limit has a
// model of its own.
type Catalog struct {
	cfg   Config
	parts []Part // of a merged catalog, which has no store

	reading atomic.Bool  // flows are being read to bring the model up to date
	read    atomic.Int64 // number of flows read since reading began

	mu         sync.Mutex // guards all below
	model      *infer.Model
	basis      store.Basis      // of model
	unsaved    int              // flows learned since the last save
	unfinished map[string]int64 // open flows by authority
	documents  documentCache
}

// New returns a catalog. It reads nothing from the store before the first call of a method.
func New(cfg Config) *Catalog {
	if cfg.Corrections == nil {
		cfg.Corrections = func() (correction.Corrections, error) { return correction.Corrections{}, nil }
	}
	return &Catalog{cfg: cfg}
}

// startReading calls Config.Progress.
func (c *Catalog) startReading() (saw func(flow.Seq), done func()) {
	if c.cfg.Progress == nil {
		return func(flow.Seq) {}, func() {}
	}
	return c.cfg.Progress()
}

// Request selects a document.
type Request struct {
	// Host is an authority, or its name without the port. It may be empty if the store has one
	// host, one host with operations, or if Hosts or MergeHosts is set.
	Host string
	// Hosts are complete authorities, which the document describes as one API.
	Hosts []string
	// MergeHosts selects all hosts of the store as one API.
	MergeHosts bool
	// Limit, unless 0, bases the document on the newest Limit flows of the selected hosts. Such a
	// document is not cached.
	Limit int
	// Since, unless zero, bases the document on the flows that started at that time or later. Such
	// a document is not cached.
	Since time.Time
	// Version is the version of OpenAPI, "3.0", "3.1" or "3.2"; "" means 3.1.
	Version string
	// Title is the title of the document; "" means the one that [infer.Document] has.
	Title string
	// NoExamples leaves out the examples of properties and parameters.
	NoExamples bool
}

// isPart reports whether the document is of a part of the flows.
func (r Request) isPart() bool { return r.Limit > 0 || !r.Since.IsZero() }

// allMethods reports whether the version of OpenAPI has operations with any method.
func (r Request) allMethods() bool { return r.Version == "3.2" }

// key is equal for requests of the same document.
func (r Request) key() string {
	r.Version = cmp.Or(r.Version, "3.1")
	return fmt.Sprintf("%#v", r)
}

// Document is an OpenAPI document and the decisions behind it. Callers share documents and must not
// change them.
type Document struct {
	OpenAPI *openapi3.T
	Decided infer.Document
	// Hosts are the authorities that it describes.
	Hosts []string

	decisions   *infer.Decisions // valid until the model learns
	corrections correction.Corrections
}

// Document returns the document that r selects, after bringing the model up to date. The last eight
// documents are cached until a flow or a correction changes them. Errors are [ErrNoFlows],
// [*NoHostError], [*AmbiguousHostError], those of the store, and that of Config.Corrections.
func (c *Catalog) Document(ctx context.Context, r Request) (*Document, error) {
	if !r.isPart() {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	return c.document(ctx, r)
}

// document returns the document of a part of the flows, or of the model, which it brings up to
// date. Then the caller holds mu.
func (c *Catalog) document(ctx context.Context, r Request) (*Document, error) {
	if r.isPart() {
		return c.newest(ctx, r)
	}
	model, unfinished, err := c.learn(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := c.policy(model, r)
	if err != nil {
		return nil, err
	}
	c.documents.reset(model, c.basis)
	if d := c.documents.get(r, policy.Corrections, unfinished); d != nil {
		return d, nil
	}
	d, err := c.decide(model, unfinished, policy, r)
	if err == nil {
		c.documents.put(r, policy.Corrections, unfinished, d)
	}
	return d, err
}

// Preview returns the document that r selects as it would be with other corrections. It is not
// cached. Errors are those of Document.
func (c *Catalog) Preview(ctx context.Context, r Request, with *correction.Corrections) (*Document, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	model, unfinished, err := c.learn(ctx)
	if err != nil {
		return nil, err
	}
	hosts, err := selectHosts(model, r, with)
	if err != nil {
		return nil, err
	}
	return c.decide(model, unfinished, infer.Options{Hosts: hosts, Corrections: with.For(hosts), AllMethods: r.allMethods()}, r)
}

// decide builds a document from a model.
func (c *Catalog) decide(model *infer.Model, unfinished map[string]int64, policy infer.Options, r Request) (*Document, error) {
	decisions := model.Decide(policy)
	d := amend.Document(decisions.Document(), &policy.Corrections)
	if c.cfg.Hides != nil {
		d = amend.Hide(d, c.hidesAt(policy.Hosts))
	}
	for _, host := range policy.Hosts {
		if n := unfinished[host]; n > 0 {
			d.Exclude(infer.ReasonUnfinished, n)
		}
	}
	doc, err := build.Document(d, build.Options{Version: r.Version, Title: r.Title, Examples: !r.NoExamples})
	if err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	return &Document{doc, d, policy.Hosts, decisions, policy.Corrections}, nil
}

// hidesAt is Config.Hides for a document of some hosts.
func (c *Catalog) hidesAt(hosts []string) func(name, text string) bool {
	return func(name, text string) bool { return c.cfg.Hides(hosts, name, text) }
}

// Hosts returns a summary of each host, the one with the most operations first, then the one with
// the most flows.
func (c *Catalog) Hosts(ctx context.Context) ([]infer.HostSummary, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	model, _, err := c.learn(ctx)
	if err != nil {
		return nil, err
	}
	with, err := c.cfg.Corrections()
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the command correct makes the file
		return nil, err
	}
	hosts := summaries(model, &with)
	slices.SortStableFunc(hosts, func(a, b infer.HostSummary) int {
		return cmp.Or(cmp.Compare(b.Operations, a.Operations), cmp.Compare(b.Flows, a.Flows))
	})
	return hosts, nil
}

// Explain returns the evidence for one operation of the document that r selects, and before it what
// a person said. Errors are those of Document and of [infer.Decisions.Explain].
func (c *Catalog) Explain(ctx context.Context, r Request, method, path string) (*infer.Explanation, error) {
	if !r.isPart() { // the decisions are invalid once the model learns
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	d, err := c.document(ctx, r)
	if err != nil {
		return nil, err
	}
	x, err := d.decisions.Explain(method, path)
	if err != nil || x.Excluded != "" {
		return x, err
	}
	if c.cfg.Hides != nil {
		x.Findings = amend.HideFindings(x.Findings, c.hidesAt(d.Hosts))
	}
	prefix := amend.Prefix(&d.Decided)
	for i := range d.Decided.Operations {
		if o := &d.Decided.Operations[i]; o.Method == method && (prefix+o.Path == x.Path || o.Path == x.Path) {
			x.ID = o.ID
			x.Findings = append(amend.Findings(&d.Decided, &d.corrections, method, o.Path), x.Findings...)
			break
		}
	}
	return x, nil
}

// newest returns the document of the part of the flows that r selects.
func (c *Catalog) newest(ctx context.Context, r Request) (*Document, error) {
	model, unfinished, err := c.learnNewest(ctx, r)
	if err != nil {
		return nil, err
	}
	policy, err := c.policy(model, r)
	if errors.Is(err, ErrNoFlows) && !r.Since.IsZero() {
		err = fmt.Errorf("no flows since %s", r.Since.UTC().Format("2006-01-02 15:04 MST"))
	}
	if err != nil {
		return nil, err
	}
	return c.decide(model, unfinished, policy, r)
}

// policy returns the hosts that r selects, with the corrections.
func (c *Catalog) policy(model *infer.Model, r Request) (p infer.Options, err error) {
	all, err := c.cfg.Corrections()
	if err != nil {
		return p, err
	}
	p.Hosts, err = selectHosts(model, r, &all)
	p.Corrections, p.AllMethods = all.For(p.Hosts), r.allMethods()
	return p, err
}
