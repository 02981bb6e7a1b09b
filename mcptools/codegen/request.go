// Package codegen writes programs and curl commands that send captured requests again.
//
// [Generate] writes a program for one of [Frameworks]; [Curl] writes one command. The flows must be
// redacted. A program takes cookies, tokens and ids from its own answers, for which [WithSignIn]
// adds the requests before, reads lists page by page, and reads other secrets from environment
// variables; a curl command keeps the placeholder. Text from the capture is quoted so that it
// cannot become code, and invisible characters are written as escapes.
//
// Read request.go first, then answers.go, ids.go and pages.go. dialect.go writes the languages.
package codegen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// authArguments are the arguments with which libraries sign in, by scheme, with USER and PASSWORD
// for expressions. A library that is missing cannot, unless the scheme is Basic: it takes a header.
var authArguments = map[string]map[string]string{
	"basic": {
		"curl_cffi": "auth=(USER, PASSWORD)", "requests": "auth=(USER, PASSWORD)", "httpx": "auth=(USER, PASSWORD)",
		"aiohttp": `auth=aiohttp.BasicAuth(USER, PASSWORD, "utf-8")`,
	},
	"digest": {
		"requests": "auth=requests.auth.HTTPDigestAuth(USER, PASSWORD)", "httpx": "auth=httpx.DigestAuth(USER, PASSWORD)",
		"aiohttp": "middlewares=(aiohttp.DigestAuthMiddleware(USER, PASSWORD),)", "curl": "--digest",
	},
	"negotiate": {"requests": "auth=requests_gssapi.HTTPSPNEGOAuth()", "httpx": "auth=httpx_gssapi.HTTPSPNEGOAuth()", "curl": "--negotiate"},
	"ntlm":      {"curl": "--ntlm"},
}

// Program is a program that sends requests.
type Program struct {
	Language  string
	Code      string
	Variables []Variable // never nil
}

// Variable is an environment variable that holds a secret, or an id.
type Variable struct {
	Name       string `json:"name"`
	StandsFor  string `json:"stands_for"` // what the capture shows in its place
	FirstUseIn string `json:"first_use_in"`
	Default    string `json:"-"` // the value of an id that no captured answer gives, else ""
}

// Frameworks returns the names of the libraries and tools that [Generate] can use.
func Frameworks() []string {
	return []string{"curl_cffi", "requests", "httpx", "aiohttp", "playwright", "curl", "fetch"}
}

// writer writes requests in one language with one library.
type writer struct {
	language string
	write    func(requests []request, vars *variables) string
}

var writers = map[string]writer{
	"curl_cffi":  {"python", sessionOf("from curl_cffi import requests", `requests.Session(impersonate="chrome")`, "data", "allow_redirects").write},
	"requests":   {"python", sessionOf("import requests", "requests.Session()", "data", "allow_redirects").write},
	"httpx":      {"python", sessionOf("import httpx", "httpx.Client()", "content", "follow_redirects").write},
	"aiohttp":    {"python", aiohttp.write},
	"playwright": {"python", playwright.write},
	"curl":       {"shell", curl.write},
	"fetch":      {"javascript", fetch.write},
}

// Generate writes a program that sends requests. It panics if the framework is not one of
// [Frameworks].
func Generate(framework string, seq Sequence) Program {
	requests, vars := link(seq)
	w := writers[framework]
	for i := range requests {
		a := requests[i].auth
		if a == nil {
			continue
		}
		arguments := authArguments[a.scheme]
		if a.argument = arguments[framework]; a.argument == "" && a.scheme != "basic" {
			why := fmt.Sprintf("%s cannot sign in with %s: use a program for %s", framework, a.scheme, strings.Join(slices.Sorted(maps.Keys(arguments)), " or "))
			exit := map[string]string{"javascript": "throw new Error(%s);\n", "python": "raise SystemExit(%s)\n"}[w.language]
			return Program{w.language, fmt.Sprintf(exit, quotePython(why)), []Variable{}}
		}
	}
	// The writers escape such characters as their languages do; what they miss is written out.
	code := view.Visible(w.write(requests, vars))
	return Program{Language: w.language, Code: code, Variables: append([]Variable{}, vars.list...)}
}

// link returns the requests of flows. A value that an earlier answer gives is taken from there.
func link(seq Sequence) ([]request, *variables) {
	requests := make([]request, len(seq.Flows))
	vars := &variables{
		Sequence: seq, named: map[string]string{}, used: map[string]int{}, given: map[place][]given{}, takes: make([][]take, len(requests)),
	}
	for i := range seq.Flows {
		vars.flow = i
		requests[i] = newRequest(&seq.Flows[i], vars)
		passed, known := seq.passed[seq.Flows[i].Seq]
		if !known {
			passed = passedBy(&seq.Flows[i])
		}
		for at, value := range passed {
			vars.given[at] = append(vars.given[at], given{i, value})
		}
	}
	return requests, vars
}

// request is a request to write, with variables in place of placeholders.
type request struct {
	id         flow.Seq
	method     string
	url        template
	pages      *pages // nil: not a list that is read page by page
	headers    []header
	auth       *auth // nil: no authorization that a library makes
	body       template
	hasBody    bool
	isForm     bool // variables in the body are percent-encoded
	bodyInFile bool // the program reads the body from a file that the user must provide
	bodyFile   string
}

// auth is an authorization that libraries make from a user and a password: "basic", "digest" or
// "ntlm". For "negotiate" both are empty: the system has the account.
type auth struct {
	scheme         string
	user, password template
	argument       string // of authArguments, for the framework
}

type header struct {
	name  string
	value template
}

// template is text with variables: elements with even indexes are literal text, elements with odd
// indexes are names of variables.
type template []string

// generatedHeaders are header lines that a client generates or that belong to one connection.
var generatedHeaders = []string{
	"host", "content-length", "connection", "proxy-connection", "proxy-authorization", "transfer-encoding",
	"accept-encoding", "keep-alive", "te", "trailer", "upgrade", "expect", "content-encoding",
}

// IsGeneratedHeader reports whether a client generates header lines of that name, so that a request
// sent again must not copy them. Content-Encoding is one of them, because bodies are sent decoded.
func IsGeneratedHeader(name string) bool {
	return slices.Contains(generatedHeaders, strings.ToLower(name))
}

// maxBody is the size in bytes of the longest body that a program contains.
const maxBody = 64 << 10

// MaxSize bounds the requests of a program of several flows, in bytes: a larger program would be
// too large for a result or a page.
const MaxSize = 4 << 20

// Room counts the requests of one program. The zero value is that of an empty one.
type Room struct {
	flows, size int
}

// Admit adds a flow, and reports whether the program has room for it: one flow always, several if
// their requests have at most [MaxSize] bytes together.
func (r *Room) Admit(f *flow.Flow) bool {
	r.flows++
	r.size += sizeOf(f)
	return r.flows == 1 || r.size <= MaxSize
}

// sizeOf returns the bytes of a flow that a program contains.
func sizeOf(f *flow.Flow) int {
	n := len(f.Request.URL()) + min(len(f.Request.Body.Data), maxBody)
	for _, h := range f.Request.Header {
		n += len(h.Name) + len(h.Value)
	}
	return n
}

func newRequest(f *flow.Flow, vars *variables) request {
	r := &f.Request
	source := fmt.Sprintf("flow %d", f.Seq)
	out := request{id: f.Seq, bodyFile: fmt.Sprintf("body-%d.bin", f.Seq), method: r.Method, url: vars.template(placeholder.Unescape(r.URL()), spot{inField, "", "URL of " + source})}
	if p, ok := vars.pages[f.Seq]; ok {
		p.url = vars.template(placeholder.Unescape(p.base), spot{inField, "", "URL of " + source}).join("", template{"", p.next.variable, ""})
		out.pages = &p
	}
	data, complete, err := decode.Body(r.Header, r.Body, maxBody)
	isText := err == nil && complete && r.Body.Omitted == "" && !decode.IsProtobuf(r.Header.MediaType()) && view.IsText(r.Header.MediaType(), data)
	out.hasBody = len(r.Body.Data) > 0 || r.Body.Omitted != ""
	out.bodyInFile = out.hasBody && !isText
	for _, h := range r.Header {
		if IsGeneratedHeader(h.Name) || !httpguts.ValidHeaderFieldName(h.Name) {
			continue
		}
		at := spot{inHeader, h.Name, "header " + h.Name + " of " + source}
		if a := vars.auth(&h, at.source); a != nil && out.auth == nil {
			out.auth = a
			continue
		}
		if isText && strings.EqualFold(h.Name, "Content-Type") {
			h.Value = utf8Type(h.Value)
		}
		if !strings.EqualFold(h.Name, "Cookie") {
			out.headers = append(out.headers, header{h.Name, vars.template(h.Value, at)})
		} else if cookies := vars.cookies(h.Value, at.source); len(cookies) > 1 || cookies[0] != "" {
			out.headers = append(out.headers, header{h.Name, cookies})
		}
	}
	if !out.hasBody || out.bodyInFile {
		return out
	}
	text := string(data)
	if out.isForm = decode.IsForm(decode.Kind(r.Header.MediaType(), data)); out.isForm {
		text = placeholder.Unescape(text)
	}
	out.body = vars.template(text, spot{inField, "", "body of " + source})
	return out
}

// utf8Type returns a Content-Type with UTF-8 in place of another charset: decoding converts bodies.
func utf8Type(value string) string {
	charset := decode.Param(value, "charset")
	if charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
		return value
	}
	return decode.MediaType(value) + "; charset=utf-8"
}

// title describes a request in a comment of the program.
func (r *request) title() string {
	return comment(fmt.Sprintf("flow %d: %s %s", r.id, r.method, strings.Join(r.url, "")))
}

// variables names the secrets of a program.
type variables struct {
	list  []Variable
	named map[string]string // the variables by what they stand for
	used  map[string]int    // how many variables have a name, or begin with it

	isVerbatim bool // placeholders are written as they are

	// The rest is of [link].
	Sequence
	flow  int               // the index of the flow whose request is made
	given map[place][]given // by answers, in order
	takes [][]take          // from the answer of each flow
	needs []need
}

// need is a placeholder that no answer gives.
type need struct {
	flow        int // the index of the flow whose request has it
	at          spot
	placeholder string
	isRenewed   bool // an answer gives another value, in its place
}

// spot is where a request has a text.
type spot struct {
	in     string
	name   string // of the header, cookie or field
	source string // in words
}

// Parts of requests, as package security names them. The names of spots of a Basic authorization
// are variables.
const inHeader, inField, inCookie, inBasic = "header", "field", "cookie", "basic"

// cookies returns the template for the value of a Cookie header, without those of an older session.
func (v *variables) cookies(line, source string) template {
	var all []template
	for pair := range strings.SplitSeq(line, ";") {
		pair = strings.TrimSpace(pair)
		name, value, _ := strings.Cut(pair, "=")
		at, p := spot{inCookie, name, source}, placeholder.Find(value)
		variable := ""
		if p != "" {
			variable = v.takePassed(p, at, []security.Source{{In: inCookie, Name: name}})
		}
		switch {
		case variable != "":
			all = append(all, template{name + "=", variable, ""})
		case p != "" && v.signIn > 0:
			v.needs = append(v.needs, need{v.flow, at, p, false})
		default:
			all = append(all, v.template(pair, at))
		}
	}
	return joinAll("; ", all)
}

// template replaces the placeholders in s by variables.
func (v *variables) template(s string, at spot) template {
	if v.isVerbatim {
		return template{s}
	}
	parts := template(placeholder.Split(s))
	for i := 1; i < len(parts); i += 2 {
		if at.in == inField && !strings.HasPrefix(parts[i], idPrefix) {
			at.name = fieldBefore(parts[i-1])
		}
		parts[i] = v.name(parts[i], at)
	}
	return parts
}

// user returns the user of a Basic authorization as a variable, also if the capture shows it: who
// runs the program signs in as someone else.
func (v *variables) user(s string, at spot) template {
	if s == "" || placeholder.IsIn(s) || v.isVerbatim {
		return v.template(s, at)
	}
	return template{"", v.name(s, at), ""}
}

// name returns the variable for a placeholder. Equal secrets share a variable.
func (v *variables) name(p string, at spot) string {
	shown := view.Visible(p)
	if name, ok := v.named[shown]; ok {
		return name
	}
	from := v.sources(at)
	for i := range v.Flows[:v.flow] {
		switch t := placeOf(p, &v.Flows[i]); t.kind {
		case "":
		case inCookie: // perhaps a later answer has another value
			from = append(from, security.Source{In: inCookie, Name: t.name})
		default:
			return v.takeAt(p, at, i, t)
		}
	}
	if name := v.takePassed(p, at, from); name != "" {
		return name
	}
	v.needs = append(v.needs, need{v.flow, at, p, false})
	return v.ask(shown, at)
}

// ask returns the variable for what only a person has.
func (v *variables) ask(what string, at spot) string {
	if _, ok := v.named[what]; !ok {
		x := Variable{v.nameOf(what, at), what, view.Visible(at.source), ""}
		if id := markedID.FindStringSubmatch(what); id != nil {
			x.StandsFor, x.Default = id[1], id[1]
		}
		v.list = append(v.list, x)
	}
	return v.named[what]
}

// auth returns the authorization in a redacted header line, nil if it can be sent as it is.
// Challenges of servers make the others anew.
func (v *variables) auth(h *flow.Field, source string) *auth {
	at := func(name string) spot { return spot{inBasic, name, source} }
	if user, password, ok := BasicCredentials(h.Name, h.Value); ok {
		return &auth{scheme: "basic", user: v.user(user, at("BASIC_USER")), password: v.template(password, at("BASIC_PASSWORD"))}
	}
	scheme, _, _ := strings.Cut(strings.ToLower(h.Value), " ")
	switch {
	case !strings.EqualFold(h.Name, "Authorization") || authArguments[scheme] == nil || v.isVerbatim:
		return nil
	case scheme == "negotiate":
		return &auth{scheme: scheme, user: template{""}, password: template{""}}
	}
	ask := func(what string) template {
		return template{"", v.ask("the "+what+" for "+scheme, at(strings.ToUpper(scheme+"_"+what))), ""}
	}
	return &auth{scheme: scheme, user: ask("user"), password: ask("password")}
}

// nameOf returns the variable for what a key identifies. Its words are of this package, never from
// the capture.
func (v *variables) nameOf(key string, at spot) string {
	if name, ok := v.named[key]; ok {
		return name
	}
	proposed := cmp.Or(at.variable(), kindVariables[placeholder.Kind(key)], "SECRET")
	name := proposed
	if v.used[proposed]++; v.used[proposed] > 1 {
		name = fmt.Sprintf("%s_%d", proposed, v.used[proposed])
	}
	v.named[key] = name
	return name
}

// expression writes a template in a language that concatenates strings with plus. encoded is the
// format of a variable.
func (t template) expression(quote func(string) string, encoded, plus string) string {
	var terms []string
	for i, s := range t {
		switch {
		case i%2 == 1:
			terms = append(terms, fmt.Sprintf(encoded, s))
		case s != "" || len(t) == 1:
			terms = append(terms, quote(s))
		}
	}
	return strings.Join(terms, plus)
}

// join concatenates t, sep and u.
func (t template) join(sep string, u template) template {
	out := append(template{}, t...)
	out[len(out)-1] += sep + u[0]
	return append(out, u[1:]...)
}

// comment makes one line of s, at most 200 bytes long.
func comment(s string) string {
	oneLine := strings.NewReplacer("\n", "⟨U+000A⟩", "\r", "⟨U+000D⟩", "\t", " ")
	return view.Cut(oneLine.Replace(view.Visible(s)), 200)
}
