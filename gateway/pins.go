package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// pinned are the lists whose elements are pinned.
var pinned = map[string]pin.Kind{"tools/list": pin.Tool, "prompts/list": pin.Prompt, "resources/templates/list": pin.Template}

// pinnedIn are the lists that contain the named definitions, by the kind of the request.
var pinnedIn = map[policy.Kind]string{policy.Tool: "tools/list", policy.Prompt: "prompts/list", policy.Resource: "resources/templates/list"}

// pinState is a relay's state of its server's definitions.
type pinState struct {
	book   *pin.Book // nil without pins
	server string    // its name in the book

	mu      sync.Mutex
	said    *pin.Definition   // the server's latest definition of itself
	reading map[string]*fresh // pending lists, by method
	// kept caches lists for policies that allow it. generation changes when the server notifies of
	// a change, and notifies has the lists for which it sends notifications.
	kept       map[string]keptList
	parsed     map[string]parsedList // by method: the last list that was read
	generation uint64
	tools      *toolList // the content of the list of tools, or nil; also used without pins
	notifies   map[string]bool
	remote     bool // the server is reached by URL
}

// fresh is a list whose reading starts after it was requested.
type fresh struct {
	done     chan struct{}
	elements []pin.Definition
	// isAsBefore means that the list equals the last one.
	isAsBefore bool
	err        error
}

// needsPins reports whether a message of the client waits for a list of the relay's own.
func (r *Relay) needsPins(m *jsonrpc.Message) bool {
	if r.pins.book == nil || !m.IsRequest() {
		return false
	}
	if kind, ok := pinned[m.Method]; ok {
		listed, err := r.pins.book.HasListed(r.pins.server, kind)
		return err == nil && !listed // an error is noticed when the list is checked
	}
	how := subject.FromClient(m).How
	return how == enforce.ByPolicy || how == enforce.ByLists
}

// quarantine judges a request by the definitions that it names. It returns its subject s as
// [enforce.Quarantined] if one is not accepted, and as [enforce.Unknown] if the server lists no
// such tool or prompt, because then no definition can be compared. Otherwise it returns s.
func (r *Relay) quarantine(ctx context.Context, m *jsonrpc.Message) enforce.Subject {
	s := subject.FromClient(m)
	refuse := func(why string) enforce.Subject {
		s.How, s.Why = enforce.Quarantined, why
		return s
	}
	if why := r.serverQuarantine(); why != "" {
		return refuse(why)
	}
	method := pinnedIn[s.Kind]
	if method == "" || m.Method == "resources/unsubscribe" {
		return s
	}
	r.accept(ctx, method, m)
	r.pins.mu.Lock()
	tools, generation := r.pins.tools, r.pins.generation
	r.pins.mu.Unlock()
	list, isKept, err := r.listed(ctx, method, m.Params)
	if err != nil {
		// A server without templates refuses the list. If it listed templates before, their pins
		// still apply.
		listed, unread := r.pins.book.HasListed(r.pins.server, pinned[method])
		if s.Kind != policy.Resource || listed || unread != nil {
			return refuse("the " + method + " of the server cannot be read, so that the definition cannot be compared with its pin")
		}
		list = nil
	}
	names := s.Names
	if s.Kind == policy.Tool {
		if !isKept || tools == nil {
			tools = r.pins.learn(list, generation)
			r.tellHeld(tools)
		}
		s = tools.dispatched(s)
		if in := s.Inner; in != nil && !in.Unknown && r.guard.Lists(policy.Tool, in.Name) { // else its existence must not be revealed
			names = []string{names[0], in.Name}
		}
	}
	if isKept && s.Kind != policy.Resource { // the others were compared when the list was read
		list = slices.DeleteFunc(slices.Clone(list), func(e pin.Definition) bool { return !slices.Contains(names, e.Name) })
	}
	known, err := r.statuses(method, list)
	if err != nil {
		r.log.Warn("the definitions cannot be compared with their pins", "error", err)
		return refuse("the definition cannot be compared with its pin")
	}
	if !isKept {
		r.noteCompared(method, list)
	}
	return known.judge(s, names)
}

// judge judges a request by the statuses of some names.
func (known statuses) judge(s enforce.Subject, names []string) enforce.Subject {
	for _, name := range names {
		why := ""
		if s.Kind == policy.Resource {
			why = known.templates(name)
		} else {
			status, isListed := known.listed[name]
			switch {
			case !isListed:
				s.How = enforce.Unknown
				return s
			case status != pin.Accepted:
				why = status.Why()
			}
		}
		if why != "" {
			s.How, s.Why = enforce.Quarantined, why
			return s
		}
	}
	return s
}

// accept pins the first list of a kind.
func (r *Relay) accept(ctx context.Context, method string, m *jsonrpc.Message) {
	kind, ok := pinned[method]
	if !ok {
		return
	}
	listed, err := r.pins.book.HasListed(r.pins.server, kind)
	if !listed && err == nil {
		list, _, unread := r.fresh(ctx, method, m.Params)
		if unread != nil {
			return // the server has no such list
		}
		_, err = r.pins.book.First(r.pins.server, kind, list)
	}
	if err != nil {
		r.log.Warn("the definitions cannot be pinned", "list", method, "error", err)
	}
}

// statuses has the statuses of the definitions of a list, by name.
type statuses struct {
	listed map[string]pin.Status // the worst status of a repeated name
	absent map[string]pin.Status // quarantined definitions that are not in the list
}

func (r *Relay) statuses(method string, list []pin.Definition) (statuses, error) {
	known := statuses{listed: map[string]pin.Status{}}
	if len(list) > 0 {
		all, err := r.check(method, list)
		if err != nil {
			return known, err
		}
		for i, e := range list {
			known.listed[e.Name] = max(known.listed[e.Name], all[i])
		}
	}
	var err error
	known.absent, err = r.pins.book.Quarantined(r.pins.server, pinned[method])
	maps.DeleteFunc(known.absent, func(name string, _ pin.Status) bool {
		_, isListed := known.listed[name]
		return isListed
	})
	return known, err
}

// templates refuses a URI to which a quarantined template may expand, unless an accepted one may,
// too. A template stays quarantined when the server no longer lists it.
func (known statuses) templates(uri string) (why string) {
	for name, status := range known.listed {
		switch {
		case !subject.MayExpandTo(name, uri):
		case status == pin.Accepted:
			return ""
		default:
			why = status.Why()
		}
	}
	for name, status := range known.absent {
		if subject.MayExpandTo(name, uri) {
			why = status.Why()
		}
	}
	return why
}

// check returns the status of each element of a list.
func (r *Relay) check(method string, list []pin.Definition) ([]pin.Status, error) {
	return r.pins.book.Check(r.pins.server, pinned[method], list)
}

// fresh returns a list that the server sends after this call. Waiting calls share one. isAsBefore
// reports whether it equals the list that was compared before, byte for byte.
func (r *Relay) fresh(
	ctx context.Context, method string, like jsontext.Value,
) (list []pin.Definition, isAsBefore bool, err error) {
	r.pins.mu.Lock()
	f := r.pins.reading[method]
	if f == nil {
		f = &fresh{done: make(chan struct{})}
		if r.pins.reading == nil {
			r.pins.reading = map[string]*fresh{}
		}
		r.pins.reading[method] = f
		before := r.pins.reading["before "+method]
		r.pins.reading["before "+method] = f
		go r.read(context.WithoutCancel(ctx), f, before, method, like)
	}
	r.pins.mu.Unlock()
	select {
	case <-f.done:
		return f.elements, f.isAsBefore, f.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// read reads a list after the previous read has ended. Callers that come during the read wait for
// the next one.
func (r *Relay) read(ctx context.Context, f, before *fresh, method string, like jsontext.Value) {
	if before != nil {
		<-before.done
	}
	r.pins.mu.Lock()
	delete(r.pins.reading, method)
	r.pins.mu.Unlock()
	f.elements, f.isAsBefore, f.err = r.readElements(ctx, method, like)
	close(f.done)
}

// hideQuarantined removes the definitions that are not accepted from a list.
func (r *Relay) hideQuarantined(method string, result jsontext.Value) (jsontext.Value, error) {
	if r.pins.book == nil || r.guard.IsShadow() {
		return result, nil
	}
	return subject.Select(method, result, func(list []pin.Definition) (kept []jsontext.Value, err error) {
		statuses := make([]pin.Status, len(list)) // resources are not pinned
		if _, ok := pinned[method]; ok {
			if statuses, err = r.check(method, list); err != nil {
				return nil, err
			}
		}
		isQuarantined := r.serverQuarantine() != ""
		for i, e := range list {
			if statuses[i] == pin.Accepted && !isQuarantined {
				kept = append(kept, e.JSON)
			}
		}
		return kept, nil
	})
}

// greeted pins a server's definition of itself in its answer to initialize. It removes instructions
// that a person has not accepted.
func (r *Relay) greeted(method string, result jsontext.Value) (jsontext.Value, error) {
	if r.pins.book == nil || method != "initialize" && method != "server/discover" {
		return result, nil
	}
	r.noteCapabilities(method, result)
	members, err := rawjson.Split(result)
	if err != nil {
		return nil, err
	}
	var said []rawjson.Member
	_, meta := jsonrpc.MetaOf(result) // its place in revisions from 2026-07-28
	for _, v := range []rawjson.Member{
		{Name: "serverInfo", Value: rawjson.Get(members, "serverInfo")}, {Name: "serverInfo", Value: rawjson.Get(meta, jsonrpc.ServerInfo)},
		{Name: "instructions", Value: rawjson.Get(members, "instructions")},
	} {
		if v.Value != nil && rawjson.Get(said, v.Name) == nil {
			said = append(said, v)
		}
	}
	if said == nil && method != "initialize" { // initialize must have a definition: a missing one is a change
		return result, nil
	}
	d := pin.Definition{Name: "server", JSON: rawjson.Join(said)}
	r.pins.mu.Lock()
	r.pins.said = &d
	r.pins.mu.Unlock()
	if _, err := r.pins.book.First(r.pins.server, pin.Server, []pin.Definition{d}); err != nil {
		return nil, err
	}
	if r.serverQuarantine() != "" {
		r.log.Warn("what the server says of itself is new or has changed: nothing of it is used until a person accepts that: spectap pins diff")
		if !r.guard.IsShadow() {
			return rawjson.Join(rawjson.Without(members, "instructions")), nil
		}
	}
	return result, nil
}

// serverQuarantine returns the reason why the server is quarantined, or "".
func (r *Relay) serverQuarantine() string {
	d := get(&r.pins.mu, &r.pins.said)
	if d == nil {
		return ""
	}
	statuses, err := r.pins.book.Check(r.pins.server, pin.Server, []pin.Definition{*d})
	switch {
	case err != nil:
		return fmt.Sprintf("what the server says of itself cannot be compared with its pin: %v", err)
	case statuses[0] != pin.Accepted:
		return "the name, version or instructions of the server are new or have changed, and wait for a person: spectap pins diff"
	}
	return ""
}

// fromClientPinned judges and forwards a request after checking the definitions that it names.
func (r *Relay) fromClientPinned(ctx context.Context, p jsonrpc.Packet) {
	s := r.named(ctx, p.Message, subject.FromClient(p.Message))
	if s.How == enforce.Passes { // a list
		r.accept(ctx, p.Method, p.Message)
		r.route(ctx, p)
		return
	}
	isListed := r.guard.Lists(s.Kind, s.Names[0]) || s.How == enforce.ByLists && r.guard.ListsTemplate(s.Names[0])
	if !isListed { // its existence must not be revealed
		r.route(ctx, p)
		return
	}
	p.Start = r.start()
	if judged := r.quarantine(ctx, p.Message); judged.How != s.How {
		if v := r.judge(enforce.ToServer, p.Message, judged, nil); !v.Allowed {
			r.refuseCall(p, s, v)
			return
		}
	}
	r.route(ctx, p)
}
