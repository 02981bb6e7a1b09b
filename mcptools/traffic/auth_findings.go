package traffic

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// authFound describes one type of authentication.
type authFound struct {
	Detected bool     `json:"detected"`
	Signals  []string `json:"signals" jsonschema_description:"the evidence: headers, cookies, parameters, endpoints"`
	Flows    []uint64 `json:"flows" jsonschema_description:"some flows with this type"`
}

// Limits of a Found.
const (
	maxSignals = 12
	maxFlows   = 5
)

// Add adds the signals of a flow.
func (d *authFound) Add(signals []string, id uint64) {
	d.Detected = true
	for _, signal := range signals {
		signal = view.Cut(view.Visible(signal), 200)
		if !slices.Contains(d.Signals, signal) && len(d.Signals) < maxSignals {
			d.Signals = append(d.Signals, signal)
		}
	}
	if len(d.Flows) < maxFlows && !slices.Contains(d.Flows, id) {
		d.Flows = append(d.Flows, id)
	}
}

// authTypes has findings by type.
type authTypes map[string]authFound

// add adds the signals of a flow.
func (all authTypes) add(found map[string][]string, id uint64) {
	for typ, signals := range found {
		d := all[typ]
		d.Add(signals, id)
		all[typ] = d
	}
}

// authFindings adds up the signals of all flows that an index observes. The zero value is ready for
// use, from any goroutine.
type authFindings struct {
	mu    sync.Mutex               // guards all below
	hosts map[string]*hostFindings // by authority
	used  map[string]string        // how requests send a credential, by its redacted value
}

type hostFindings struct {
	types   authTypes
	signIns signIns
}

// maxUsed bounds the values of credentials.
const maxUsed = 5000

// Observe detects the signals in a flow. commit adds them.
func (x *authFindings) Observe(original, redacted *flow.Flow) (commit func() uint32) {
	found := authSignals(redacted)
	signIn, ok := signInOf(redacted)
	used := usedValues(&redacted.Request)
	if len(found) == 0 && !ok && len(used) == 0 {
		return nil
	}
	host, id := strings.Clone(original.Request.Authority), uint64(original.Seq)
	return func() uint32 {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.hosts == nil {
			x.hosts, x.used = map[string]*hostFindings{}, map[string]string{}
		}
		h := x.hosts[host]
		if h == nil {
			h = &hostFindings{authTypes{}, signIns{}}
			x.hosts[host] = h
		}
		h.types.add(found, id)
		if ok {
			signIn.Flow = id
			h.signIns.Add(&signIn)
		}
		for v, name := range used {
			if len(x.used) < maxUsed {
				x.used[strings.Clone(v)] = firstName(x.used[v], name)
			}
		}
		return 0
	}
}

// firstName returns the first of two names in lexical order, ignoring "".
func firstName(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// Reset removes all signals.
func (x *authFindings) Reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hosts, x.used = nil, nil
}

// Sum adds the findings of the hosts (nil: all) to types, their sign-ins to in, and how credentials
// are sent to used.
func (x *authFindings) Sum(hosts []string, types authTypes, in signIns, used map[string]string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.Copy(used, x.used)
	for _, host := range slices.Sorted(maps.Keys(x.hosts)) {
		if hosts != nil && !slices.Contains(hosts, host) {
			continue
		}
		h := x.hosts[host]
		for typ, found := range h.types {
			for _, id := range found.Flows {
				types.add(map[string][]string{typ: found.Signals}, id)
			}
		}
		for _, endpoint := range slices.Sorted(maps.Keys(h.signIns)) {
			in.Add(h.signIns[endpoint])
		}
	}
}

// signIn describes the requests to one endpoint that are answered with credentials: sign-ins, and
// requests for tokens.
type signIn struct {
	Endpoint string   `json:"endpoint" jsonschema_description:"METHOD URL"`
	Sends    []string `json:"sends" jsonschema_description:"parameters and members of the requests"`
	Gives    []string `json:"gives" jsonschema_description:"credentials in the responses: cookies that are set, members of the body"`
	Requests int64    `json:"requests"`
	Refused  int64    `json:"refused,omitempty" jsonschema_description:"with a status from 400 on"`
	Flow     uint64   `json:"flow_id" jsonschema_description:"the newest request, one that succeeded if any did"`

	succeeded bool // the flow did
	// given are the placeholders of the credentials, of an endpoint that is a sign-in only if
	// requests carry one of them: POST /tokens is a sign-in, POST /webhooks with its secret is not.
	given []string
	// names are the members and headers that gave credentials, by the redacted value.
	names map[string]string
}

// Limits of sign-ins.
const (
	maxSignIns = 20  // endpoints of a host
	maxNames   = 12  // that an endpoint sends, or gives
	maxGivers  = 100 // endpoints of a host that may be sign-ins
	maxGiven   = 3   // depth of members with credentials
	maxSent    = 4   // depth of members of a request: auth.identity.password.user.name of OpenStack
)

// signInOf returns the sign-in of a redacted flow; ok is false for other flows.
func signInOf(f *flow.Flow) (s signIn, ok bool) {
	r := &f.Request
	if r.Method != "POST" && r.Method != "PUT" || f.Response == nil || len(r.Body.Data) > maxBodyKeys {
		return s, false
	}
	asks := mayAsk(r.Body.Data)
	if !asks && !mayGive(f.Response) {
		return s, false
	}
	s.Sends = sentNames(r)
	gives, given := givenNames(f.Response)
	switch failed := f.Response.Status >= 400; {
	case failed && asks && slices.ContainsFunc(s.Sends, isAsking):
		s.Refused = 1
	case failed, len(gives) == 0:
		return s, false
	case slices.ContainsFunc(s.Sends, isAsking), slices.ContainsFunc(gives, isToken):
		s.Gives, s.names, s.succeeded = gives, given, true
	case len(given) == 0:
		return s, false
	default:
		s.Gives, s.names, s.given, s.succeeded = gives, given, slices.Sorted(maps.Keys(given)), true
	}
	s.Endpoint = view.Cut(view.Visible(r.Method+" "+r.Scheme+"://"+r.Authority+r.Path), 200)
	s.Requests, s.Flow = 1, uint64(f.Seq)
	return s, true
}

// asking are parts of the names of parameters that ask for credentials, without punctuation.
var asking = []string{"password", "passwd", "passcode", "granttype", "refreshtoken", "otp"}

// mayAsk reports whether a body may have such a parameter.
func mayAsk(body []byte) bool {
	for _, word := range [][]byte{[]byte("pass"), []byte("grant_type"), []byte("refresh"), []byte("otp")} {
		if bytes.Contains(body, word) || bytes.Contains(body, bytes.ToUpper(word[:1])) &&
			bytes.Contains(bytes.ToLower(body), word) {
			return true
		}
	}
	return false
}

func isAsking(name string) bool {
	name = withoutDashes.Replace(strings.ToLower(name))
	return slices.ContainsFunc(asking, func(word string) bool { return strings.HasSuffix(name, word) })
}

// mayGive reports whether a redacted response may have credentials.
func mayGive(r *flow.Response) bool {
	return slices.ContainsFunc(r.Header, isGiven) || len(r.Body.Data) <= maxBodyKeys && bytes.Contains(r.Body.Data, []byte(placeholder.Prefix))
}

// isGiven reports whether a header of a response has a token, such as X-Subject-Token of OpenStack.
func isGiven(h flow.Field) bool {
	return placeholder.IsIn(h.Value) && !strings.EqualFold(h.Name, "Set-Cookie") &&
		(strings.EqualFold(h.Name, "Authorization") || mayBeKeyName(strings.ToLower(h.Name)))
}

// isToken reports whether what a response gives is an access token by its name.
func isToken(name string) bool {
	return strings.HasSuffix(withoutDashes.Replace(strings.ToLower(name)), "accesstoken")
}

// sentNames returns the parameters of a form, the members of a JSON object, and the scheme of the
// Authorization header of a request.
func sentNames(r *flow.Request) []string {
	var out []string
	add := func(name string) { out = append(out, view.Cut(view.Visible(name), 80)) }
	if value := r.Header.Get("Authorization"); value != "" {
		add("Authorization" + schemeOf(value))
	}
	text, _, _, _ := view.BodyText(r.Header, r.Body)
	if decode.IsForm(decode.Kind(r.Header.MediaType(), r.Body.Data)) {
		for p := range decode.Pairs(text) {
			if p.Name == "grant_type" && !placeholder.IsIn(p.Raw) {
				p.Name += "=" + p.Value
			}
			add(p.Name)
		}
	} else if v, _ := view.ReadJSON(text); v != nil {
		sentMembers("", v, 0, add)
	}
	return out
}

// sentMembers adds the members of a body, by their paths.
func sentMembers(path string, v any, depth int, add func(name string)) {
	members, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch value := members[name].(type) {
		case map[string]any:
			if depth < maxSent {
				sentMembers(path+name+".", value, depth+1, add)
			}
			continue
		case string:
			if name == "grant_type" && !placeholder.IsIn(value) {
				name += "=" + value
			}
		}
		add(path + name)
	}
}

// givenNames returns the cookies that a response sets, and its headers and members with
// credentials. Cookies against forged requests are left out. given are the headers and members, by
// their values.
func givenNames(r *flow.Response) (out []string, given map[string]string) {
	given = map[string]string{}
	add := func(name string) { out = append(out, view.Cut(view.Visible(name), 120)) }
	for _, line := range r.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if value != "" && !headers.IsAntiForgery(name) && (isSessionCookie(strings.ToLower(name)) || placeholder.IsIn(value)) {
			add("cookie " + name)
		}
	}
	for _, h := range r.Header {
		if isGiven(h) {
			add("header " + http.CanonicalHeaderKey(h.Name))
			given[strings.Clone(h.Value[strings.LastIndexByte(h.Value, ' ')+1:])] = out[len(out)-1]
		}
	}
	if !decode.IsJSON(decode.Kind(r.Header.MediaType(), r.Body.Data)) || len(r.Body.Data) > maxBodyKeys {
		return out, given
	}
	text, _, _, _ := view.BodyText(r.Header, r.Body)
	if strings.Contains(text, placeholder.Prefix) {
		v, _ := view.ReadJSON(text)
		givenMembers("body $", v, 0, func(name, value string) {
			add(name)
			given[strings.Clone(value)] = out[len(out)-1]
		})
	}
	return out, given
}

func givenMembers(path string, v any, depth int, add func(name, value string)) {
	members, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch value := members[name].(type) {
		case string:
			if placeholder.IsIn(value) && rules.ClassOf(name) == rules.Secret && !headers.IsAntiForgery(name) {
				add(path+"."+name, value)
			}
		case map[string]any:
			if depth < maxGiven {
				givenMembers(path+"."+name, value, depth+1, add)
			}
		}
	}
}

// isOf reports whether an operation, by its name, is that of the sign-in.
func (s *signIn) isOf(operation string) bool {
	method, rest, _ := strings.Cut(operation, " ")
	path, _, _ := strings.Cut(rest, " ")
	return strings.HasPrefix(s.Endpoint, method+" ") && strings.HasSuffix(s.Endpoint, path)
}

// signIns adds up sign-ins by endpoint.
type signIns map[string]*signIn

// Add adds a sign-in, or the sum of several.
func (all signIns) Add(s *signIn) {
	x := all[s.Endpoint]
	if x == nil {
		if len(all) < maxGivers {
			x := *s
			x.names = maps.Clone(s.names)
			all[s.Endpoint] = &x
		}
		return
	}
	x.Requests += s.Requests
	x.Refused += s.Refused
	if len(x.given) == 0 || len(s.given) == 0 { // a sign-in by its names
		x.given = nil
	} else {
		x.given = union(x.given, s.given)
	}
	for v, name := range s.names {
		if x.names == nil {
			x.names = map[string]string{}
		}
		if len(x.names) < maxUsed {
			x.names[v] = name
		}
	}
	x.Sends, x.Gives = union(x.Sends, s.Sends), union(x.Gives, s.Gives)
	if s.succeeded && !x.succeeded || s.succeeded == x.succeeded && s.Flow > x.Flow {
		x.Flow, x.succeeded = s.Flow, s.succeeded
	}
}

// List returns the sign-ins with at least one success, the most frequent first. used are the values
// of credentials that requests carry.
func (all signIns) List(used map[string]string) []signIn {
	var out []signIn
	for _, x := range all {
		isUsed := func(value string) bool { return used[value] != "" }
		if x.succeeded && (len(x.given) == 0 || slices.ContainsFunc(x.given, isUsed)) {
			s := *x
			s.Sends, s.Gives = cut(s.Sends), cut(s.Gives)
			sent := map[string]string{}
			for v, name := range x.names {
				sent[name] = firstName(sent[name], used[v])
			}
			for i, name := range s.Gives {
				if sent[name] != "" {
					s.Gives[i] += ", sent as " + sent[name]
				}
			}
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(x, y signIn) int {
		return cmp.Or(cmp.Compare(y.Requests, x.Requests), cmp.Compare(x.Endpoint, y.Endpoint))
	})
	return out[:min(len(out), maxSignIns)]
}

func cut(list []string) []string {
	list = append([]string{}, union(list, nil)...)
	return list[:min(len(list), maxNames)]
}

// union returns the strings of both lists, sorted. It is bounded.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), 4*maxNames)]
}

// usedValues returns the headers with which a request authenticates itself, as people see them, by
// their redacted values without the schemes.
func usedValues(r *flow.Request) map[string]string {
	out := map[string]string{}
	for _, h := range r.Header {
		if !placeholder.IsIn(h.Value) {
			continue
		}
		headerCredentials(h, func(name string) { out[h.Value[strings.LastIndexByte(h.Value, ' ')+1:]] = name })
	}
	return out
}
