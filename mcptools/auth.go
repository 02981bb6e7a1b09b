package mcptools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// AuthResult says how clients sign in.
type AuthResult struct {
	Untrusted
	Types    []string             `json:"detected_auth_types" jsonschema_description:"of oauth2, jwt, bearer_token, basic_auth, api_key, session_cookie, csrf"`
	Details  map[string]AuthFound `json:"details" jsonschema_description:"by type"`
	Searched int                  `json:"searched" jsonschema_description:"flows that were looked at"`
	Total    int64                `json:"total" jsonschema_description:"flows in the capture"`
	Complete bool                 `json:"complete" jsonschema_description:"all flows were looked at that were asked for; if not, ask again"`
}

func (r AuthResult) goOn(tool string) string {
	if r.Complete {
		return ""
	}
	return fmt.Sprintf("%d of %d flows were looked at so far, and more are meanwhile: call %s again in a moment, or with max_ms 10000.", r.Searched, r.Total, tool)
}

// AuthFound is what was found of one way to sign in.
type AuthFound struct {
	Detected bool     `json:"detected"`
	Signals  []string `json:"signals" jsonschema_description:"what it was known by"`
	Flows    []uint64 `json:"flows" jsonschema_description:"a few flows that have it"`
}

// The ways to sign in.
const (
	authOAuth   = "oauth2"
	authJWT     = "jwt"
	authBearer  = "bearer_token"
	authBasic   = "basic_auth"
	authKey     = "api_key"
	authSession = "session_cookie"
	authCSRF    = "csrf"
)

func (s *service) detectAuth() tool {
	params := []param{
		{name: "flow_ids", kind: flowIDs, doc: "look at these flows only. Default: all"},
		domainParam, maxMSParam,
	}
	return newTool("detect_auth_pattern", "How clients sign in", "Finds how clients sign in: which headers, cookies, parameters and token endpoints carry credentials, and in which flows.",
		params, s.auth)
}

func (s *service) auth(ctx context.Context, a args) (AuthResult, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return AuthResult{}, err
	}
	out := AuthResult{Untrusted: untrusted, Types: []string{}, Details: map[string]AuthFound{}, Total: st.Flows, Complete: true}
	if a.has("flow_ids") {
		for _, id := range a.flows("flow_ids") {
			f, err := s.flow(ctx, id)
			if err != nil {
				return AuthResult{}, err
			}
			out.Searched++
			for typ, signals := range authOf(&f) {
				d := out.Details[typ]
				d.add(signals, uint64(f.Seq))
				out.Details[typ] = d
			}
		}
	} else {
		hosts, err := s.hosts(ctx, a.text("domain"))
		if err != nil {
			return AuthResult{}, err
		}
		wait, err := s.wait(ctx, a)
		if err != nil {
			return AuthResult{}, err
		}
		if err := s.index.await(ctx, wait); err != nil {
			return AuthResult{}, err
		}
		out.Searched, out.Complete = s.index.accessOf(hosts, st.Last, out.Details)
	}
	for typ, d := range out.Details {
		slices.Sort(d.Signals)
		slices.Sort(d.Flows)
		out.Types = append(out.Types, typ)
	}
	slices.Sort(out.Types)
	return out, nil
}

// Bounds of what is kept of one way to sign in.
const (
	maxSignals = 20
	maxSamples = 5
)

// add notes that a flow has the signals.
func (d *AuthFound) add(signals []string, id uint64) {
	d.Detected = true
	for _, signal := range signals {
		if signal = view.Cut(view.Visible(signal), 200); !slices.Contains(d.Signals, signal) && len(d.Signals) < maxSignals {
			d.Signals = append(d.Signals, signal)
		}
	}
	if len(d.Flows) < maxSamples && !slices.Contains(d.Flows, id) {
		d.Flows = append(d.Flows, id)
	}
}

// accessOf adds up what is known of some hosts (nil: all), of how many flows, and whether these are all up to a number.
func (x *index) accessOf(hosts []string, until flow.Seq, into map[string]AuthFound) (flows int, complete bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, host := range sortedKeys(x.access) {
		if hosts != nil && !slices.Contains(hosts, host) {
			continue
		}
		for typ, found := range x.access[host] {
			d := into[typ]
			for _, id := range found.Flows {
				d.add(found.Signals, id)
			}
			into[typ] = d
		}
	}
	return int(x.flows), x.bottom && x.high >= until
}

// authOf finds the signals in one redacted flow, by type. Signals are names and places, never values.
func authOf(f *flow.Flow) map[string][]string {
	found := map[string][]string{}
	add := func(typ, signal string) { found[typ] = append(found[typ], signal) }
	for _, h := range f.Request.Header {
		name := strings.ToLower(h.Name)
		switch {
		case name == "authorization" || name == "proxy-authorization":
			authorization(h, add)
		case strings.Contains(name, "csrf") || strings.Contains(name, "xsrf"):
			add(authCSRF, "request header "+h.Name)
		case name == "cookie":
			for part := range strings.SplitSeq(h.Value, ";") {
				cookie, _, _ := strings.Cut(strings.TrimSpace(part), "=")
				cookieSignal(cookie, "sent", add)
			}
		case isKeyName(name):
			add(authKey, "request header "+h.Name)
		}
	}
	for pair := range strings.SplitSeq(f.Request.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = view.Unescape(name)
		switch {
		case value == "":
		case strings.EqualFold(name, "access_token"):
			add(authBearer, "query parameter "+name)
		case isKeyName(strings.ToLower(name)):
			add(authKey, "query parameter "+name)
		}
	}
	tokenEndpoint(f, add)
	if f.Response != nil {
		for _, line := range f.Response.Header.Values("Set-Cookie") {
			cookie, _, _ := strings.Cut(line, "=")
			cookieSignal(strings.TrimSpace(cookie), "set", add)
		}
		for _, line := range f.Response.Header.Values("WWW-Authenticate") {
			scheme, _, _ := strings.Cut(line, " ")
			switch strings.ToLower(scheme) {
			case "basic":
				add(authBasic, "challenge WWW-Authenticate: Basic")
			case "bearer":
				add(authBearer, "challenge WWW-Authenticate: Bearer")
			}
		}
	}
	return found
}

func authorization(h flow.Field, add func(typ, signal string)) {
	scheme, value, _ := strings.Cut(h.Value, " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		add(authBearer, "request header "+h.Name+": Bearer")
		if strings.HasPrefix(value, placeholder.Prefix+"jwt:") {
			add(authJWT, "request header "+h.Name+": Bearer with a JSON web token")
		}
	case "basic":
		add(authBasic, "request header "+h.Name+": Basic")
	case "apikey", "token", "key":
		add(authKey, "request header "+h.Name+": "+scheme)
	}
}

// isKeyName says whether a header or parameter of that name, in lower case, carries a key.
func isKeyName(name string) bool {
	flat := strings.NewReplacer("-", "", "_", "").Replace(name)
	for _, s := range []string{"apikey", "authtoken", "accesskey", "subscriptionkey", "apitoken"} {
		if strings.Contains(flat, s) {
			return true
		}
	}
	return strings.HasPrefix(name, "x-") && redact.ClassOf(name) == redact.Secret
}

func cookieSignal(name, how string, add func(typ, signal string)) {
	low := strings.ToLower(name)
	switch {
	case strings.Contains(low, "csrf") || strings.Contains(low, "xsrf"):
		add(authCSRF, "cookie "+name+" "+how)
	case strings.Contains(low, "sess") || low == "sid" || strings.HasSuffix(low, ".sid") || strings.HasSuffix(low, "_sid") || strings.Contains(low, "auth"):
		add(authSession, "cookie "+name+" "+how)
	}
}

// tokenEndpoint knows OAuth 2 (RFC 6749) by what is sent: paths can have any name.
func tokenEndpoint(f *flow.Flow, add func(typ, signal string)) {
	at := f.Request.Method + " " + f.Request.Path
	if decode.IsForm(f.Request.Header.MediaType()) {
		text, _, _, _ := view.BodyText(f.Request.Header, f.Request.Body)
		for pair := range strings.SplitSeq(text, "&") {
			if name, value, _ := strings.Cut(pair, "="); name == "grant_type" {
				add(authOAuth, "token endpoint "+at+", grant_type "+view.Unescape(value))
			}
		}
	}
	q := "&" + f.Request.RawQuery
	if strings.Contains(q, "&response_type=") && strings.Contains(q, "&client_id=") {
		add(authOAuth, "authorization endpoint "+at)
	}
	if f.Response == nil || !decode.IsJSON(f.Response.Header.MediaType()) {
		return
	}
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	if strings.Contains(text, `"access_token"`) && strings.Contains(text, `"token_type"`) {
		add(authOAuth, "answer with access_token from "+at)
		if strings.Contains(text, placeholder.Prefix+"jwt:") {
			add(authJWT, "answer with a JSON web token from "+at)
		}
	}
}
