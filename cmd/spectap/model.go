package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// modelName is the key of the saved model in the store.
const modelName = "infer"

// learnt is what a catalog needs of a store.
type learnt interface {
	store.Reader
	store.Models
}

// saving says when a catalog saves what it learnt.
type saving int

const (
	saveNever saving = iota
	saveAll          // whatever is new; that it cannot is an error
	saveMuch         // what took a while to learn; that it cannot costs others time, no more
)

// muchNews is how many new flows are worth a save: to learn them takes about a tenth of a second.
const muchNews = 1000

// catalog is what was learnt from a store. It learns only what is new since the last time, in this process or
// an earlier one, and begins anew when flows were deleted. All methods may be called at once.
type catalog struct {
	store       learnt
	saving      saving
	corrections func() (infer.Corrections, error)

	learnt   atomic.Bool  // the model was up to date once
	learning atomic.Bool  // flows are read to bring the model up to date
	read     atomic.Int64 // how many were since that began

	mu         sync.Mutex // guards all below
	model      *infer.Model
	rests      store.Basis
	news       int              // flows learnt and not saved
	unfinished map[string]int64 // open flows by authority
	documents  documentCache
}

func (p *program) newCatalog(st learnt, s saving) *catalog {
	return &catalog{store: st, saving: s, corrections: p.corrections}
}

// exportRequest selects a document.
type exportRequest struct {
	host       string   // "" when the store has one host, or with one of the next two
	hosts      []string // whole authorities, described as one API
	mergeHosts bool     // all hosts, as one API
	limit      int      // unless 0, learn from the newest flows only
	version    string
	title      string
}

// exported is a document and the decisions it was built from.
type exported struct {
	doc       *openapi3.T
	decided   infer.Document
	decisions *infer.Decisions // of the model as it was then
}

// document returns the document that r asks for. The caller does not change it: others may be given the same.
func (c *catalog) document(ctx context.Context, r exportRequest) (*exported, error) {
	if r.limit > 0 {
		model, unfinished, policy, err := c.newest(ctx, r)
		if err != nil {
			return nil, err
		}
		return decide(model, unfinished, policy, r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current(ctx, r)
}

// current is the document of a model that is up to date. The caller holds mu.
func (c *catalog) current(ctx context.Context, r exportRequest) (*exported, error) {
	model, unfinished, policy, err := c.ready(ctx, r)
	if err != nil {
		return nil, err
	}
	c.documents.current(model, c.rests)
	if e := c.documents.get(r, policy.Corrections, unfinished); e != nil {
		return e, nil
	}
	e, err := decide(model, unfinished, policy, r)
	if err == nil {
		c.documents.put(r, policy.Corrections, unfinished, e)
	}
	return e, err
}

// decide writes a document down.
func decide(model *infer.Model, unfinished map[string]int64, policy infer.Policy, r exportRequest) (*exported, error) {
	decisions := model.Decide(policy)
	d := decisions.Document()
	for _, host := range policy.Hosts {
		if n := unfinished[host]; n > 0 {
			d.Exclude(infer.ReasonUnfinished, n)
		}
	}
	doc, err := openapi.Build(d, openapi.Options{Version: r.version, Title: r.title})
	if err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	return &exported{doc, d, decisions}, nil
}

// hosts sums up the hosts, most operations first.
func (c *catalog) hosts(ctx context.Context) ([]infer.HostSummary, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	model, _, err := c.learn(ctx)
	if err != nil {
		return nil, err
	}
	hosts := model.Hosts(infer.Policy{})
	slices.SortStableFunc(hosts, func(a, b infer.HostSummary) int { return b.Operations - a.Operations })
	return hosts, nil
}

// explain says why the document has what it has for one operation.
func (c *catalog) explain(ctx context.Context, r exportRequest, method, path string) (*infer.Explanation, error) {
	if r.limit > 0 {
		e, err := c.document(ctx, r)
		if err != nil {
			return nil, err
		}
		return e.decisions.Explain(method, path)
	}
	c.mu.Lock() // decisions are void once the model learns
	defer c.mu.Unlock()
	e, err := c.current(ctx, r)
	if err != nil {
		return nil, err
	}
	return e.decisions.Explain(method, path)
}

// ready brings the model up to date and says how it is to be read. The caller holds mu.
func (c *catalog) ready(ctx context.Context, r exportRequest) (*infer.Model, map[string]int64, infer.Policy, error) {
	model, unfinished, err := c.learn(ctx)
	if err != nil {
		return nil, nil, infer.Policy{}, err
	}
	policy, err := c.policy(model, r)
	return model, unfinished, policy, err
}

// newest makes a model of the newest flows alone, and says how it is to be read.
func (c *catalog) newest(ctx context.Context, r exportRequest) (*infer.Model, map[string]int64, infer.Policy, error) {
	model, unfinished, err := c.learnNewest(ctx, r)
	if err != nil {
		return nil, nil, infer.Policy{}, err
	}
	policy, err := c.policy(model, r)
	return model, unfinished, policy, err
}

// policy says how a model is to be read.
func (c *catalog) policy(model *infer.Model, r exportRequest) (p infer.Policy, err error) {
	if p.Hosts, err = selectHosts(model, r); err != nil {
		return p, err
	}
	p.Corrections, err = c.corrections()
	return p, err
}

// learn brings the model up to date. The caller holds mu.
func (c *catalog) learn(ctx context.Context) (*infer.Model, map[string]int64, error) {
	c.learning.Store(true)
	defer c.learning.Store(false)
	if c.model != nil {
		st, err := c.store.Stat(ctx)
		if err != nil {
			return nil, nil, err
		}
		if st.Deletions != c.rests.Deletions {
			c.model = nil
		}
	}
	if c.model == nil {
		if err := c.load(ctx); err != nil {
			return nil, nil, err
		}
	}
	c.unfinished = map[string]int64{}
	c.read.Store(0)
	for f, err := range c.store.Scan(ctx, store.Query{Except: c.rests.Covers}) {
		if err != nil {
			c.model = nil // half of the news: begin again
			return nil, nil, fmt.Errorf("read flows: %w", err)
		}
		if fold(c.model, c.unfinished, &f) {
			c.rests.Covers = c.rests.Covers.Add(f.Seq).Add(f.Last)
			c.news++
			c.read.Add(1)
		}
	}
	c.learnt.Store(true)
	c.learning.Store(false) // who waits has it in a moment
	switch err := c.save(ctx); {
	case errors.Is(err, store.ErrStale): // flows were deleted meanwhile: what was learnt of them must go
		c.model = nil
		return c.learn(ctx)
	case err != nil:
		return nil, nil, err
	}
	return c.model, c.unfinished, nil
}

// save saves what was learnt, where that is wanted. The caller holds mu.
func (c *catalog) save(ctx context.Context) error {
	if c.news == 0 || c.saving == saveNever || c.saving == saveMuch && c.news < muchNews {
		return nil
	}
	data, err := c.model.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("encode model: %w", err)
	}
	c.news = 0
	err = c.store.SaveModel(ctx, modelName, data, c.rests)
	if err == nil || c.saving == saveMuch && !errors.Is(err, store.ErrStale) {
		return nil
	}
	return fmt.Errorf("save model: %w", err)
}

// learnNewest learns from the newest flows of the hosts asked for, and from nothing else.
func (c *catalog) learnNewest(ctx context.Context, r exportRequest) (*infer.Model, map[string]int64, error) {
	m, unfinished := infer.New(), map[string]int64{}
	left := r.limit
	for f, err := range c.store.Scan(ctx, store.Query{Newest: true}) {
		if err != nil {
			return nil, nil, fmt.Errorf("read flows: %w", err)
		}
		a := f.Request.Authority
		if r.host != "" && !isHost(a, r.host) || len(r.hosts) > 0 && !slices.Contains(r.hosts, a) {
			continue
		}
		fold(m, unfinished, &f)
		if left--; left == 0 {
			break
		}
	}
	return m, unfinished, nil
}

// load reads the saved model. One of another version is learnt anew from the log.
func (c *catalog) load(ctx context.Context) error {
	data, rests, err := c.store.LoadModel(ctx, modelName)
	if err != nil {
		return fmt.Errorf("load model: %w", err)
	}
	m := infer.New()
	if data == nil || m.UnmarshalBinary(data) != nil {
		m, rests.Covers = infer.New(), nil
	}
	c.model, c.rests, c.news = m, rests, 0
	return nil
}

// fold adds a flow that is done; one that is not is counted.
func fold(m *infer.Model, unfinished map[string]int64, f *flow.Flow) bool {
	if !f.Done {
		unfinished[f.Request.Authority]++
		return false
	}
	m.Add(f)
	return true
}

var errNoFlows = errors.New("the store has no flows")

// selectHosts finds the hosts that r asks for.
func selectHosts(m *infer.Model, r exportRequest) ([]string, error) {
	switch {
	case len(r.hosts) > 0:
		return r.hosts, nil
	case r.mergeHosts && len(m.Authorities()) > 0:
		return m.Authorities(), nil
	}
	host, err := pickHost(m, r.host)
	return []string{host}, err
}

// pickHost finds the host that a person means: by its whole authority or by its name without the port; "" when
// there is one alone.
func pickHost(m *infer.Model, want string) (string, error) {
	all := m.Authorities()
	if len(all) == 0 {
		return "", &hint{errNoFlows, "spectap run -- CMD…, spectap proxy or spectap import FILE.har"}
	}
	if want == "" {
		if len(all) == 1 {
			return all[0], nil
		}
		var some []string
		for _, h := range m.Hosts(infer.Policy{}) {
			if h.Operations > 0 {
				some = append(some, h.Authority)
			}
		}
		if len(some) == 1 {
			return some[0], nil
		}
		return "", &hint{fmt.Errorf("the store has %d hosts: %s", len(all), listSome(all)), "--host " + all[0] + ", or --merge-hosts"}
	}
	var found []string
	for _, a := range all {
		if strings.EqualFold(a, want) {
			return a, nil
		}
		if isHost(a, want) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return "", &hint{fmt.Errorf("no flows of host %q; the store has %s", want, listSome(all)), "--host " + all[0]}
	case 1:
		return found[0], nil
	}
	return "", &hint{fmt.Errorf("host %q was seen on several ports: %s", want, listSome(found)), "--host " + found[0]}
}

// isHost says whether a person who writes want can mean the authority: with its port or without.
func isHost(authority, want string) bool {
	name := authority
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, ']') {
		name = name[:i]
	}
	return strings.EqualFold(authority, want) || strings.EqualFold(name, want)
}

// listSome lists a few of many.
func listSome(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
