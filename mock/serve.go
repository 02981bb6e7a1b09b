package mock

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
)

// Names that clients of a mock use.
const (
	SessionHeader = "X-Spectap-Session" // has a state of its own
	HowHeader     = "X-Spectap-Mock"    // of answers
	ResetPath     = "/__spectap/reset"  // POST: the state of the start
)

// byEntity is the value of HowHeader for an answer from the state.
const byEntity = "entity"

// ServeHTTP implements http.Handler.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	session := r.Header.Get(SessionHeader)
	if r.URL.Path == ResetPath && r.Method == http.MethodPost {
		m.mu.Lock()
		m.sessions = slices.DeleteFunc(m.sessions, func(s *state) bool { return s.name == session })
		m.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		m.write(w, r, problem(http.StatusRequestEntityTooLarge, "the request's body cannot be read, or is longer than 16 MiB"))
		return
	}
	f := &flow.Flow{Started: time.Now(), Request: flow.Request{
		Method: cmp.Or(map[string]string{http.MethodHead: http.MethodGet}[r.Method], r.Method), Scheme: "http", Authority: strings.ToLower(r.Host), Path: cmp.Or(r.URL.EscapedPath(), "/"), RawQuery: r.URL.RawQuery,
		Header: flow.HeaderOf(r.Header), Body: flow.Body{Data: body, Size: int64(len(body))},
	}}
	x := m.exchange(f)
	hidden := x
	if m.c.Redact != nil {
		redacted := m.c.Redact(*f)
		hidden = m.exchange(&redacted)
		hidden.ok, hidden.op, hidden.match = x.ok, x.op, x.match
	}
	m.write(w, r, m.answer(r.Context(), m.state(session), x, hidden))
}

// answer answers a request.
func (m *Mock) answer(ctx context.Context, s *state, x, hidden *exchange) *answer {
	s.mu.Lock()
	defer s.mu.Unlock() // also if it panics, which the server survives
	x.started = m.now(s)
	o := m.ops[x.op]
	if !x.ok {
		return cmp.Or(m.answerRecorded(o, x, hidden), m.missing(o, x))
	}
	if a := m.refuse(ctx, o, x, hidden); a != nil {
		return a
	}
	if o != nil && o.role != 0 {
		o.address(x)
		if a := m.answerEntity(o, s, x); a != nil {
			return a
		}
	}
	if a := m.answerRecorded(o, x, hidden); a != nil {
		return a
	}
	return problem(http.StatusNotImplemented, "no recorded flow and no example answers "+x.op+": record one, or add an example to the document")
}

// answerEntity answers from the state, or returns nil if what was learned does not say how.
func (m *Mock) answerEntity(o *operation, s *state, x *exchange) *answer {
	res := o.res
	where, key := x.fill(res.parent), x.path[res.param]
	for _, p := range m.resources { // the item that has the collection
		if strings.HasPrefix(res.parent, p.template+"/") && s.world.at(x.fill(p.parent)).Items[x.path[p.param]] == nil {
			return m.missing(o, x)
		}
	}
	a := recorded(nearest(x, o.where((*exchange).isFine)))
	a.how = byEntity
	item, exists := s.world.at(where).Items[key]
	isNew := o.role == creates
	switch {
	case o.role == lists:
		r, ok := o.list(x, s.world.list(where))
		if !ok {
			return nil
		}
		o.write(a, &r)
		return a
	case !isNew && !exists:
		if isNew = o.role == changes && slices.ContainsFunc(o.all, func(r *exchange) bool { return r.status() == 201 }); !isNew {
			return m.missing(o, x)
		}
		a.status = http.StatusCreated
	case o.role == deletes:
		s.world.remove(where, key)
		s.size -= sizeOf(item)
		return a.show(o, item)
	case o.role == reads:
		return a.show(o, item)
	}
	rules, before := o.rules(where), item
	item = m.apply(s, x, res, rules, item, x.match.Method != http.MethodPatch && x.document == "")
	if s.size > maxState {
		return problem(http.StatusInsufficientStorage, "clients made more than 16 MiB: POST "+ResetPath+" begins anew")
	}
	if isNew {
		var ok bool
		if key, item, ok = o.name(s, x, where, item, rules[res.key]); !ok {
			return cmp.Or(m.failure(o, x, func(n int) bool { return n >= 400 && n != 401 && n != 404 }, true), problem(http.StatusConflict, "another item has this key"))
		}
	}
	s.world.set(where, key, item)
	if s.size += sizeOf(item); before != nil {
		s.size -= sizeOf(before)
	}
	for i, h := range a.header {
		if strings.EqualFold(h.Name, "Location") && isNew {
			a.header[i].Value = strings.TrimSuffix(h.Value, path.Base(h.Value)) + url.PathEscape(key)
		}
	}
	return a.show(o, item)
}

// sizeOf returns the bytes of an item as JSON, and what it takes in memory beside them.
func sizeOf(item any) int { return len(encode(item)) + 200 }

// show puts an item into an answer that has one.
func (a *answer) show(o *operation, item any) *answer {
	if o.at != noItem && a.like.got != nil {
		if like, _ := at(a.like.got, o.at); item != nil && o.key != "" {
			item = o.view(overlay(like, item)) // it has what the request selects
		} else if item != nil {
			item = o.view(item)
		}
		a.body = encode(with(a.like.got, o.at, item))
	}
	return a
}

// name gives a new item its key: that of the path, else that of the request unless the server was
// seen to ignore it, else one in the form of the recorded keys. It reports false for a key that is
// taken.
func (o *operation) name(s *state, x *exchange, where string, item any, r rule) (key string, named any, ok bool) {
	c, at := s.world.at(where), o.res.key
	samples := o.res.keys[max(len(o.res.keys)-20, 0):]
	if len(c.Keys) > 0 {
		samples = c.Keys[max(len(c.Keys)-20, 0):]
	}
	sent, _ := text(x.leaves[at])
	switch key = x.path[o.res.param]; {
	case o.role == changes:
	case sent != "" && (r.sent || !r.known):
		key = sent
	case !slices.ContainsFunc(samples, func(s string) bool { _, err := strconv.ParseInt(s, 10, 62); return err != nil }):
		key = strconv.FormatInt(c.Most+1, 10)
	default:
		for n := 0; n < 100 && (n == 0 || c.Items[key] != nil); n++ {
			key = imitate(samples, s.rand) + strings.Repeat("0", n/25) // a longer one where all are taken
		}
	}
	return key, with(item, at, typed(key, o.res.sample)), c.Items[key] == nil
}

// write sends an answer.
func (m *Mock) write(w http.ResponseWriter, r *http.Request, a *answer) {
	if m.c.Latency && a.like != nil {
		select {
		case <-time.After(min(a.like.flow.Took, 30*time.Second)):
		case <-r.Context().Done():
			return
		}
	}
	here := strings.NewReplacer()
	if a.like != nil && a.like.flow.Seq > 0 { // links lead to the mock, not to the API
		here = strings.NewReplacer(a.like.origin, map[bool]string{true: "https://", false: "http://"}[r.TLS != nil]+r.Host)
	}
	for _, h := range a.header {
		w.Header().Add(h.Name, here.Replace(h.Value))
	}
	w.Header().Set(HowHeader, a.how)
	w.WriteHeader(a.status)
	_, _ = here.WriteString(w, string(a.body)) // an error means that the client is gone
}
