package codegen

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/trace"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// A program takes tokens and cookies from the answers that it gets, where those of the capture had
// them. Package trace finds them: equal secrets have equal placeholders. The model of access knows
// where the others are, which an app renews with each answer.

// take gives a variable the value at a place in an answer.
type take struct {
	variable string
	kind     string // [inCookie], [inHeader] or one of those below; "" is no place
	name     string // of a cookie or header (lower case); of a member the indexes of Python and JavaScript
	// A member or text stands between two others, after the nth place where the first one is.
	before, after string
	nth           int
}

// Kinds of places in answers: a cookie as a script of a page reads it, which is without escapes, a
// member of JSON, a text of a page, the whole body, perhaps between quotes, and the end of a URL in
// a header. What the URL of the next page ends in is from a member, or counted.
const inScript, inMember, inText, inWhole, inLocation = "script", "member", "text", "whole", "location"
const inCursor, inCount = "cursor of a page", "number of a page"

// reader has an expression for each kind of place: a format of name, before, nth and after, the
// texts quoted, and of the name as it is.
type reader map[string]string

// maxBefore bounds the text before a value in a page, in bytes.
const maxBefore = 100

// placeOf returns the place of a placeholder in the answer of a redacted flow, whose request must
// not have it.
func placeOf(p string, f *flow.Flow) (t take) {
	isIn := func(h flow.Field) bool { return strings.Contains(h.Value, p) }
	if id := markedID.FindStringSubmatch(p); id != nil {
		return placeOfID(id[1], f)
	}
	if r := f.Response; r == nil || !bytes.Contains(r.Body.Data, []byte(p)) && !slices.ContainsFunc(r.Header, isIn) {
		return take{} // soon: most pages do not have it
	}
	o, isGiven := trace.First(trace.Find(p, f, true))
	switch {
	case !isGiven || o.Location == "message":
		return take{}
	case o.Whole && o.Location == inHeader:
		return take{kind: inHeader, name: strings.ToLower(o.Name)}
	case o.Whole && o.Location != "body":
		return take{kind: o.Location, name: o.Name}
	case strings.HasSuffix(f.Response.Header.Get("Location"), "/"+p):
		return take{kind: inLocation, name: "location"}
	}
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	if strings.Trim(strings.TrimSpace(text), `"`) == p {
		return take{kind: inWhole, after: `"`}
	}
	var at []int
	member := `"` + regexp.QuoteMeta(jsonvalue.Token(o.Name[strings.LastIndexByte(o.Name, '/')+1:])) + `"\s*:\s*"?`
	for _, before := range []string{member, ""} {
		alone := `(?:^|[^\w-])` + before + "(" + regexp.QuoteMeta(p) + `)(?:$|[^\w-])`
		if at = regexp.MustCompile(alone).FindStringSubmatchIndex(text); at != nil {
			break
		}
	}
	if at == nil {
		return take{}
	}
	head, rest := text[:at[2]], text[at[3]:]
	before := strings.ToValidUTF8(head[max(0, len(head)-maxBefore):], "")
	parts := placeholder.Split(before[max(0, strings.LastIndexAny(before, "<{,\n")):])
	if before = parts[len(parts)-1]; before == "" || rest == "" {
		return take{}
	}
	t = take{kind: inText, before: before, after: string([]rune(rest[:min(len(rest), 4)])[:1]), nth: strings.Count(head, before)}
	if o.Whole && strings.HasPrefix(o.Name, "/") {
		t.kind = inMember
		for _, token := range jsonvalue.Tokens(o.Name) {
			if n, err := strconv.Atoi(token); err != nil || strconv.Itoa(max(n, 0)) != token {
				token = quoteJavaScript(token)
			}
			t.name += "[" + token + "]"
		}
	}
	return t
}

// place is where answers of a host have a session or a token, as [security.Source] says it.
type place struct{ host, in, name string }

// given is a value that the answer of a flow has. The flow is given by its index.
type given struct {
	flow  int
	value string
}

// passedBy returns the cookies that an answer sets, "" for one that it deletes, and the elements of
// a page that may have tokens.
func passedBy(f *flow.Flow) map[place]string {
	out, host := map[place]string{}, f.Request.Authority
	if f.Response == nil {
		return out
	}
	answer := http.Response{Header: http.Header{"Set-Cookie": f.Response.Header.Values("Set-Cookie")}}
	for _, c := range answer.Cookies() {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(f.Started) {
			c.Value = ""
		}
		out[place{host, inCookie, c.Name}] = c.Value
	}
	if strings.Contains(f.Response.Header.MediaType(), "html") {
		text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
		security.PageElements([]byte(text), func(tag string, attr map[string]string) {
			in, value := security.ElementToken(tag, attr)
			at := place{host, in, attr["name"]}
			out[at] = cmp.Or(out[at], value)
		})
	}
	return out
}

// takePassed returns the variable that takes the value of the first source which an answer has, ""
// if none does. The answer that gave this value counts, or else the last one.
func (v *variables) takePassed(p string, at spot, from []security.Source) string {
	for _, s := range from {
		key := place{v.Flows[v.flow].Request.Authority, s.In, s.Name}
		all, t, id := v.given[key], take{kind: inScript, name: s.Name}, ""
		if len(all) == 0 {
			continue
		}
		c := all[len(all)-1]
		if i := slices.IndexFunc(all, func(g given) bool { return g.value == p }); i >= 0 && c.value != p {
			c, id = all[i], p // that of another account
		}
		if at.in == inCookie {
			t.kind = inCookie
		} else if s.In != inCookie && placeholder.IsIn(c.value) {
			t = placeOf(c.value, &v.Flows[c.flow])
		}
		if c.value == "" || t.kind == "" {
			continue
		}
		if c.value != p && t.kind != inScript {
			v.needs = append(v.needs, need{v.flow, at, p, true})
		}
		return v.takeAt(fmt.Sprint(key, t.kind, id), at, c.flow, t)
	}
	return ""
}

// takeAt has a variable for what a key identifies take its value from an answer.
func (v *variables) takeAt(key string, at spot, flow int, t take) string {
	t.variable = v.nameOf(key, at)
	if !slices.Contains(v.takes[flow], t) {
		v.takes[flow] = append(v.takes[flow], t)
	}
	return t.variable
}

// sources returns where the token against forged requests comes from that a spot has.
func (v *variables) sources(at spot) (out []security.Source) {
	for _, t := range v.tokens {
		if t.In == at.in && strings.EqualFold(t.Name, at.name) {
			out = append(out, t.From...)
		}
	}
	return out
}

// Sequence is the flows of a program, in order.
type Sequence struct {
	Flows  []flow.Flow // redacted
	tokens []security.Token
	// signIn is the number of the last flow that asks for a password, from 1 on, or 0. Then cookies
	// which no answer gave are of an older session, and left out.
	signIn int
	passed map[flow.Seq]map[place]string // by [passedBy], or nil; in [givers] of all flows
	pages  map[flow.Seq]pages            // of lists that are read page by page
}

// Bounds of the flows that [WithSignIn] reads (twice as many with sign-ins), and adds, and of what
// they may give.
const maxEarlier, maxAdded, maxNeeds = 300, 12, 32

// maxLooking bounds the time for flows whose answers give what a program needs.
const maxLooking = 2 * time.Second

// WithSignIn returns redacted flows with those before them in a store whose answers give what their
// requests carry. The model of access says which requests sign in, and where tokens come from.
// Others are added only if they read. m is nil if the model is not known. What cannot be read gives
// nothing: a program that lacks it is better than none.
func WithSignIn(ctx context.Context, m *apidoc.Matcher, st store.Reader, redact func(flow.Flow) flow.Flow, flows []flow.Flow) Sequence {
	if m == nil {
		return Sequence{Flows: flows}
	}
	ctx, cancel := context.WithTimeout(ctx, maxLooking)
	defer cancel()
	s := givers{m: m, Sequence: Sequence{nil, m.Entry.Tokens, 0, map[flow.Seq]map[place]string{}, map[flow.Seq]pages{}}}
	var ids []string // which the flows so far need
	q, hosts := store.Query{Authority: flows[0].Request.Authority, Newest: true, NoBodies: true}, map[string]bool{}
	lists := map[string]bool{}
	for _, f := range flows {
		p, f, isList := pagesOf(m, markIDs(m, f))
		if isList {
			s.pages[f.Seq] = p
		}
		if !isList || !lists[p.base] { // else it is another page of the same list
			s.Flows, ids = append(s.Flows, f), append(ids, idsOf(&f)...)
		}
		lists[p.base] = lists[p.base] || isList
		s.passed[f.Seq], hosts[f.Request.Authority] = passedBy(&f), true
	}
	if len(hosts) > 1 {
		q.Authority = ""
	}
	last := slices.MaxFunc(flows, func(a, b flow.Flow) int { return cmp.Compare(a.Seq, b.Seq) }).Seq
	for f, err := range st.Scan(ctx, q) {
		if err != nil {
			break
		}
		if f.Seq >= last || !hosts[f.Request.Authority] || f.Response == nil {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		gives, h := s.mayGive(&f), f.Response.Header
		if !gives && (len(ids) == 0 || len(s.earlier) >= maxEarlier || f.Request.Method != http.MethodGet || f.Response.Status >= http.StatusBadRequest || !h.Has("Location") && !strings.Contains(h.MediaType(), "json")) {
			continue
		}
		if f, err = st.Get(ctx, f.Seq); err != nil || !gives && !hasOne(&f, ids) {
			continue
		}
		_, f, _ = pagesOf(m, markIDs(m, redact(f)))
		ids = append(ids, idsOf(&f)...)
		s.earlier, s.passed[f.Seq] = append(s.earlier, f), passedBy(&f)
	}
	return s.addTo(ctx)
}

// givers are flows whose answers may give what requests carry, the newest first.
type givers struct {
	m       *apidoc.Matcher
	earlier []flow.Flow
	Sequence
}

// mayGive reports whether the answer to a flow, which has no body, may give something: it signs in,
// sets a cookie, is a page, or has a token by the model.
func (s *givers) mayGive(f *flow.Flow) bool {
	if f.Response == nil || f.Response.Status >= http.StatusBadRequest {
		return false
	}
	o, h := s.m.Find(f.Request.Method, f.Request.Authority, f.Request.Path), f.Response.Header
	isAt := func(s security.Source) bool { return o != nil && s.Method == o.Method && s.Path == o.Template }
	hasToken := func(t security.Token) bool { return slices.ContainsFunc(t.From, isAt) }
	return s.signIn(*f).Gives != nil && len(s.earlier) < 2*maxEarlier || len(s.earlier) < maxEarlier && f.Request.Method == http.MethodGet &&
		(h.Has("Set-Cookie") || strings.Contains(h.MediaType(), "html") || slices.ContainsFunc(s.m.Entry.Tokens, hasToken))
}

// signIn returns how the operation of a request signs in.
func (s *givers) signIn(f flow.Flow) security.SignIn {
	o := s.m.Find(f.Request.Method, f.Request.Authority, f.Request.Path)
	for _, in := range s.m.Entry.SignIns {
		if o != nil && in.Method == o.Method && in.Path == o.Template {
			return in
		}
	}
	return security.SignIn{}
}

func (s *givers) asks(f flow.Flow) bool { return s.signIn(f).Asks }

// addTo returns the flows, and before them the earlier flows whose answers give the values that
// they carry.
func (s *givers) addTo(ctx context.Context) Sequence {
	out := s.Sequence
	for added := 0; added < maxAdded && ctx.Err() == nil; added++ {
		for i, f := range out.Flows {
			if s.asks(f) {
				out.signIn = i + 1
			}
		}
		_, vars := link(out)
		var giver *flow.Flow
		at, best, isOther := 0, notGiven, false
		for _, n := range vars.needs[:min(len(vars.needs), maxNeeds)] {
			for i := range s.earlier {
				if ctx.Err() != nil {
					return out
				}
				if how := s.rank(&out, n, vars.sources(n.at), i); how < best {
					giver, at, best, isOther = &s.earlier[i], n.flow, how, n.isRenewed && how == bySignIn
				}
			}
		}
		if giver == nil {
			break
		}
		for at > 0 && out.Flows[at-1].Seq > giver.Seq && !isOther { // those before may be of another account
			at--
		}
		out.Flows = slices.Insert(out.Flows, at, *giver)
	}
	return out
}

// How an answer gives what a request carries, the best first.
const (
	bySignIn     = iota
	byOtherValue // of a sign-in: an app may renew a session with each answer
	byRead
	byPlace // another value of the token, by a read
	notGiven
)

// rank returns how the answer of an earlier flow gives what a request needs.
func (s *givers) rank(to *Sequence, n need, from []security.Source, giver int) int {
	use, g, isCookie := &to.Flows[n.flow], &s.earlier[giver], n.at.in == inCookie
	asks := s.asks(*use)
	passes := func(x security.Source) bool { return s.passed[g.Seq][place{use.Request.Authority, x.In, x.Name}] != "" }
	gives := func() bool { return placeOf(n.placeholder, g).kind != "" }
	isID, reads := markedID.MatchString(n.placeholder), use.Request.Method == http.MethodGet
	isSignIn := !asks && s.signIn(*g).Gives != nil
	switch {
	case g.Seq >= use.Seq || slices.ContainsFunc(to.Flows, func(f flow.Flow) bool { return f.Seq == g.Seq }),
		asks && (n.isRenewed || !isCookie && len(from) == 0), // a person knows it
		n.flow < to.signIn && reads,
		n.isRenewed && isCookie && slices.ContainsFunc(to.Flows[:n.flow], s.asks) && !(s.asks(*g) && gives()):
		return notGiven
	case isSignIn && gives():
		return bySignIn
	case isSignIn && isCookie && passes(security.Source{In: inCookie, Name: n.at.name}):
		return byOtherValue
	// Only a read takes an id, and from a read only: a write may concern another thing than that of
	// the capture, and one that makes the thing was not asked for.
	case isID && !reads, g.Request.Method != http.MethodGet, n.isRenewed && isCookie:
		return notGiven
	case gives():
		return byRead
	case !isID && !n.isRenewed && slices.ContainsFunc(from, passes):
		return byPlace
	}
	return notGiven
}
