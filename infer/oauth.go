package infer

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
)

// Signs of OAuth 2.0 that facts count, each with a word after it.
const (
	signGrant     = "grant "     // a grant type that the endpoint answered with a token (RFC 6749, section 5.1)
	signResponse  = "response "  // a response type that the endpoint was sent to with (RFC 6749, section 3.1.1)
	signChallenge = "challenge " // a method of Proof Key for Code Exchange (RFC 7636, section 4.3)
	signDevice    = "device"     // codes for a device were answered (RFC 8628, section 3.2)
	signDiscovery = "discovery"  // the answer was a provider's configuration (OpenID Connect Discovery 1.0, section 4)
	signEndpoint  = "endpoint "  // what such a configuration names: field and URL
)

const (
	maxOAuthWord = 200 // of a sign: grant types and URLs are no longer
	maxScopes    = 200
)

// tellsOAuth says whether a string at the top of a body tells an endpoint of OAuth 2.0, and has to be looked at.
func tellsOAuth(field string) bool {
	switch field {
	case "grant_type", "access_token", "scope", "device_code", "user_code", "issuer", "scopes_supported", "authorization_endpoint",
		"token_endpoint", "device_authorization_endpoint":
		return true
	}
	return false
}

// learnOAuth counts what an exchange says of OAuth 2.0. Tokens, codes and secrets leave nothing.
func (m *methodFacts) learnOAuth(f *flow.Flow, ask, answer map[string]string) {
	sign := func(kind, word string) {
		if len(word) <= maxOAuthWord {
			bottomk.Tally(m.oauth, kind+word)
		}
	}
	if f.Response.Status == 401 || f.Response.Status == 403 {
		for _, v := range f.Response.Header.Values("WWW-Authenticate") {
			m.learnScopes(quoted(v, "scope"))
		}
	}
	if !passed(f) {
		return
	}
	if ask["grant_type"] != "" && answer["access_token"] != "" {
		sign(signGrant, ask["grant_type"])
		m.learnScopes(ask["scope"])
		m.learnScopes(answer["scope"])
	}
	if answer["device_code"] != "" && answer["user_code"] != "" {
		sign(signDevice, "")
		m.learnScopes(ask["scope"])
	}
	if answer["issuer"] != "" && answer["token_endpoint"] != "" {
		sign(signDiscovery, "")
		m.learnScopes(answer["scopes_supported"])
		for _, field := range []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint"} {
			if isWebURL(answer[field]) {
				sign(signEndpoint, field+" "+answer[field])
			}
		}
	}
	if f.Request.Method != "GET" || !strings.Contains(f.Request.RawQuery, "response_type=") {
		return
	}
	if q, err := url.ParseQuery(f.Request.RawQuery); err == nil && q.Get("client_id") != "" {
		sign(signResponse, q.Get("response_type"))
		if q.Get("code_challenge") != "" {
			sign(signChallenge, cmp.Or(q.Get("code_challenge_method"), "plain"))
		}
		m.learnScopes(q.Get("scope"))
	}
}

// learnScopes counts the names in a list of scopes.
func (m *methodFacts) learnScopes(list string) {
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' }) {
		if call.IsPlainName(strings.NewReplacer(":", "_", "/", "_", "*", "_").Replace(s)) {
			bottomk.Tally(m.scopes, s)
		}
	}
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == ""
}

// quoted is the value of a quoted parameter of a challenge (RFC 9110, section 11.2).
func quoted(challenge, name string) string {
	_, rest, ok := strings.Cut(challenge, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// challenged lists the schemes among a few well-known ones that a refusal asks for.
func challenged(f *flow.Flow) (out []string) {
	if f.Response.Status != 401 && f.Response.Status != 403 {
		return nil
	}
	for _, v := range f.Response.Header.Values("WWW-Authenticate") {
		for part := range strings.SplitSeq(v, ",") {
			scheme, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if s := strings.ToLower(scheme); (s == "bearer" || s == "basic" || s == "digest") && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// grantFlows are OpenAPI's names of the grants that it has flows for.
var grantFlows = map[string]string{"client_credentials": "clientCredentials", "password": "password", "authorization_code": "authorizationCode"}

const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// oauth is what all operations together say of OAuth 2.0.
type oauth struct {
	tokens    map[string]string // grant ▶ URL of the endpoint that gives tokens for it
	authorize map[string]string // response type ▶ URL of the endpoint
	device    string            // URL of the endpoint that gives codes to devices
	discovery string
	pkce      []string
	scopes    []string
}

// findOAuth reads the signs, those of operations that the document leaves out as well: an endpoint that only sends
// browsers to a page is no operation, and still where a login begins.
func findOAuth(cs []*candidate) oauth {
	o := oauth{tokens: map[string]string{}, authorize: map[string]string{}}
	least := func(m map[string]string, key, value string) { // of several endpoints the same one, whatever the order
		if old, ok := m[key]; !ok || value < old {
			m[key] = value
		}
	}
	told := map[string]string{} // by configurations
	for _, c := range cs {
		o.scopes = append(o.scopes, c.facts.scopes.Names()...)
		if c.facts.oauth.Names() == nil || len(c.facts.origins.Names()) == 0 {
			continue
		}
		here := c.facts.origins.Names()[0] + c.full
		for _, s := range c.facts.oauth.Names() {
			switch kind, word, _ := strings.Cut(s, " "); kind + " " {
			case signGrant:
				least(o.tokens, word, here)
			case signResponse:
				least(o.authorize, word, here)
			case signChallenge:
				o.pkce = append(o.pkce, word)
			case signDevice + " ":
				o.device = here
			case signDiscovery + " ":
				if strings.HasSuffix(c.full, "/.well-known/openid-configuration") { // else the metadata of RFC 8414: OAuth alone
					o.discovery = here
				}
			case signEndpoint:
				field, u, _ := strings.Cut(word, " ")
				least(told, field, u)
			}
		}
	}
	if u := told["authorization_endpoint"]; u != "" && o.authorize["code"] == "" {
		o.authorize["code"] = u
	}
	if u := told["token_endpoint"]; u != "" && o.authorize["code"] != "" && o.tokens["authorization_code"] == "" {
		o.tokens["authorization_code"] = u
	}
	o.device = cmp.Or(o.device, told["device_authorization_endpoint"])
	slices.Sort(o.pkce)
	slices.Sort(o.scopes)
	o.pkce, o.scopes = slices.Compact(o.pkce), slices.Compact(o.scopes)
	return o
}

// schemes are those of OAuth 2.0 and OpenID Connect. note is what is known and OpenAPI has no words for; it belongs to the
// token that the flows give.
func (o *oauth) schemes() (out []SecurityScheme, note string) {
	s := SecurityScheme{Name: "oauth2", Type: "oauth2"}
	var notes []string
	for _, grant := range sortedKeys(grantFlows) {
		f := OAuthFlow{Kind: grantFlows[grant], TokenURL: o.tokens[grant], Scopes: o.scopes}
		if grant != "client_credentials" { // who has those asks again (RFC 6749, section 4.4.3)
			f.RefreshURL = o.tokens["refresh_token"]
		}
		switch {
		case f.TokenURL == "":
			continue
		case grant == "authorization_code" && o.authorize["code"] == "":
			notes = append(notes, "OAuth 2.0 authorization code; token endpoint: "+f.TokenURL)
			continue
		case grant == "authorization_code":
			f.AuthorizationURL = o.authorize["code"]
		}
		s.Flows = append(s.Flows, f)
	}
	if u := o.authorize["token"]; u != "" {
		s.Flows = append(s.Flows, OAuthFlow{Kind: "implicit", AuthorizationURL: u, Scopes: o.scopes})
	}
	if len(o.pkce) > 0 {
		notes = append(notes, "Proof Key for Code Exchange (RFC 7636): "+strings.Join(o.pkce, ", ")+".")
	}
	if u := o.tokens[grantDevice]; u != "" && o.device != "" {
		notes = append(notes, "Devices (RFC 8628): codes from "+o.device+", tokens from "+u+".")
	}
	note = strings.Join(notes, " ")
	if len(s.Flows) > 0 {
		s.Description, note = note, ""
		out = append(out, s)
	}
	if o.discovery != "" {
		out = append(out, SecurityScheme{Name: "openId", Type: "openIdConnect", OpenIDURL: o.discovery})
	}
	return out, note
}

// tell notes a string of a telling field.
func (b *body) tell(name string, kind schema.Kind, text []byte) {
	if kind != schema.String || len(text) > 4096 {
		return
	}
	if b.top == nil {
		b.top = map[string]string{}
	}
	if name == "scopes_supported" { // a list
		b.top[name] += " " + string(text)
		return
	}
	b.top[name] = string(text)
}
