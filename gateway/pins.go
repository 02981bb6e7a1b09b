package gateway

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
)

// pinned are the lists whose elements are pinned.
var pinned = map[string]pin.Kind{"tools/list": pin.Tool, "prompts/list": pin.Prompt, "resources/templates/list": pin.Template}

// pinnedBy are the requests that are refused if what they name is not accepted, and the list that
// it stands in.
var pinnedBy = map[string]string{
	"tools/call": "tools/list", "prompts/get": "prompts/list",
	"resources/read": "resources/templates/list", "resources/subscribe": "resources/templates/list",
}

// pinState is what a relay knows of its server's definitions.
type pinState struct {
	book   *pin.Book // nil without pins
	server string    // its name in the book

	mu      sync.Mutex
	said    *pin.Definition   // what the server last said of itself
	reading map[string]*fresh // lists that are waited for, by method
}

// fresh is a list that is read after somebody has asked for it.
type fresh struct {
	done     chan struct{}
	elements []element
	err      error
}

// element is one element of a list.
type element struct {
	name string
	json jsontext.Value
}

// needsPins reports whether a message of the client waits for a list of the relay's own.
func (r *Relay) needsPins(m *message) bool {
	if r.pins.book == nil || !m.isRequest() {
		return false
	}
	if pinnedBy[m.method] != "" {
		return true
	}
	kind, ok := pinned[m.method]
	if !ok {
		return false
	}
	listed, err := r.pins.book.HasListed(r.pins.server, kind)
	return err == nil && !listed // an error is noticed when the list is checked
}

// quarantine returns why what a request asks for is quarantined, "" if it is not. For a list it
// makes sure that the first one is accepted.
func (r *Relay) quarantine(ctx context.Context, m *message) string {
	method := pinnedBy[m.method]
	if method == "" {
		method = m.method
	}
	if err := r.first(ctx, method, m.params); err != nil {
		r.log.Warn("the definitions cannot be pinned", "list", method, "error", err)
	}
	if m.method == method {
		return ""
	}
	if why := r.serverQuarantine(); why != "" {
		return why
	}
	list, err := r.fresh(ctx, method, m.params)
	if err != nil {
		if m.method == "tools/call" || m.method == "prompts/get" {
			return "the " + method + " of the server cannot be read, so that the definition cannot be compared with its pin"
		}
		return "" // a server without templates
	}
	statuses, err := r.check(method, list)
	if err != nil {
		r.log.Warn("the definitions cannot be compared with their pins", "error", err)
		return "the definition cannot be compared with its pin"
	}
	params, _ := rawjson.Split(m.params) // what cannot be read is refused by the policy
	if method == "resources/templates/list" {
		return templateQuarantine(list, statuses, rawjson.String(rawjson.Get(params, "uri")))
	}
	name, why := rawjson.String(rawjson.Get(params, "name")), ""
	for i, e := range list {
		if e.name == name && statuses[i] != pin.Accepted {
			why = quarantined(statuses[i])
		}
	}
	return why
}

func quarantined(s pin.Status) string {
	switch s {
	case pin.New:
		return "its definition is new and waits for a person: spectap pins diff"
	case pin.Rejected:
		return "a person has rejected its definition"
	}
	return "its definition has changed and waits for a person: spectap pins diff"
}

// templateQuarantine refuses a URI that a quarantined template may stand for, unless an accepted
// one does too.
func templateQuarantine(list []element, statuses []pin.Status, uri string) (why string) {
	for i, e := range list {
		if !mayExpandTo(e.name, uri) {
			continue
		}
		if statuses[i] == pin.Accepted {
			return ""
		}
		why = quarantined(statuses[i])
	}
	return why
}

// expression is one of a URI template, RFC 6570.
var expression = regexp.MustCompile(`\{[^{}]*\}`)

// mayExpandTo reports whether a URI template may stand for a URI, whatever its variables are.
func mayExpandTo(template, uri string) bool {
	var pattern strings.Builder
	last := 0
	for _, at := range expression.FindAllStringIndex(template, -1) {
		pattern.WriteString(regexp.QuoteMeta(template[last:at[0]]) + ".*")
		last = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(template[last:]))
	re, err := regexp.Compile("(?s)^" + pattern.String() + "$")
	return err != nil || re.MatchString(uri)
}

// first pins the first list of a kind.
func (r *Relay) first(ctx context.Context, method string, like jsontext.Value) error {
	kind, ok := pinned[method]
	if !ok {
		return nil
	}
	listed, err := r.pins.book.HasListed(r.pins.server, kind)
	if listed || err != nil {
		return err
	}
	list, err := r.fresh(ctx, method, like)
	if err != nil {
		return nil // the server has no such list
	}
	_, err = r.pins.book.First(r.pins.server, kind, definitions(list))
	return err
}

func definitions(list []element) []pin.Definition {
	all := make([]pin.Definition, len(list))
	for i, e := range list {
		all[i] = pin.Definition{Name: e.name, JSON: e.json}
	}
	return all
}

// check returns the status of each element of a list.
func (r *Relay) check(method string, list []element) ([]pin.Status, error) {
	return r.pins.book.Check(r.pins.server, pinned[method], definitions(list))
}

// fresh returns a list that the server sends after this call. Calls that wait share one.
func (r *Relay) fresh(ctx context.Context, method string, like jsontext.Value) ([]element, error) {
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
		return f.elements, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read reads a list when the one before it is there. Who asks from now on waits for the next.
func (r *Relay) read(ctx context.Context, f, before *fresh, method string, like jsontext.Value) {
	if before != nil {
		<-before.done
	}
	r.pins.mu.Lock()
	delete(r.pins.reading, method)
	r.pins.mu.Unlock()
	name := lists[method].name
	f.err = r.listAll(ctx, method, like, func(e jsontext.Value) {
		if members, err := rawjson.Split(e); err == nil {
			f.elements = append(f.elements, element{rawjson.String(rawjson.Get(members, name)), bytes.Clone(e)})
		}
	})
	close(f.done)
}

// hideQuarantined removes from a list what is not accepted.
func (r *Relay) hideQuarantined(method string, result jsontext.Value) (jsontext.Value, error) {
	if _, ok := pinned[method]; !ok || r.pins.book == nil || r.guard.IsShadow() {
		return result, nil
	}
	members, err := rawjson.Split(result)
	if err != nil {
		return nil, err
	}
	l := lists[method]
	texts, err := rawjson.Elements(rawjson.Get(members, l.list))
	if err != nil {
		return nil, err
	}
	var list []element
	for _, e := range texts {
		m, err := rawjson.Split(e)
		if err != nil {
			return nil, err
		}
		list = append(list, element{rawjson.String(rawjson.Get(m, l.name)), e})
	}
	statuses, err := r.check(method, list)
	if err != nil {
		return nil, err
	}
	kept, isQuarantined := []jsontext.Value{}, r.serverQuarantine() != ""
	for i, e := range list {
		if statuses[i] == pin.Accepted && !isQuarantined {
			kept = append(kept, e.json)
		}
	}
	return rawjson.Join(rawjson.Set(members, l.list, rawjson.Array(kept))), nil
}

// greeted pins what a server says of itself in its answer to a greeting. What a person has not
// accepted is removed from it: the instructions.
func (r *Relay) greeted(method string, result jsontext.Value) (jsontext.Value, error) {
	if r.pins.book == nil || method != "initialize" && method != "server/discover" {
		return result, nil
	}
	members, err := rawjson.Split(result)
	if err != nil {
		return nil, err
	}
	var said []rawjson.Member
	for _, name := range []string{"serverInfo", "instructions"} {
		if v := rawjson.Get(members, name); v != nil {
			said = append(said, rawjson.Member{Name: name, Value: v})
		}
	}
	if said == nil {
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
		r.log.Warn("the server describes itself differently than before: nothing of it is used until a person accepts that: spectap pins diff")
		if !r.guard.IsShadow() {
			return rawjson.Join(rawjson.Without(members, "instructions")), nil
		}
	}
	return result, nil
}

// serverQuarantine returns why nothing of the server is used, "" if it is.
func (r *Relay) serverQuarantine() string {
	r.pins.mu.Lock()
	d := r.pins.said
	r.pins.mu.Unlock()
	if d == nil {
		return ""
	}
	statuses, err := r.pins.book.Check(r.pins.server, pin.Server, []pin.Definition{*d})
	switch {
	case err != nil:
		return fmt.Sprintf("what the server says of itself cannot be compared with its pin: %v", err)
	case statuses[0] != pin.Accepted:
		return "the name, version or instructions of the server have changed and wait for a person: spectap pins diff"
	}
	return ""
}

// fromClientPinned judges and forwards a request after a look at the definitions of what it names.
func (r *Relay) fromClientPinned(ctx context.Context, p packet) {
	s := fromClient(p.message)
	if s.How == enforce.ByPolicy && !r.guard.Lists(s.Kind, s.Names[0]) { // it must not be told that it exists
		r.route(ctx, p)
		return
	}
	if why := r.quarantine(ctx, p.message); why != "" && s.How == enforce.ByPolicy {
		judged := s
		judged.How, judged.Why = enforce.Quarantined, why
		if v := r.judge(enforce.ToServer, p.message, judged, nil); !v.Allowed {
			r.refuseCall(p, s, v)
			return
		}
	}
	r.route(ctx, p)
}
