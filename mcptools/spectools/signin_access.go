package spectools

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// readFrom reads from a document how to sign in.
func (o *SignIn) readFrom(doc *openapi3.T) error {
	if o.Operation != "" {
		o.access = openapi.AccessOf(doc)
	}
	switch {
	case o.Operation == SignInRecorded && len(o.access.AntiForgery) == 0:
		o.Operation = ""
	case o.Operation != SignInAuto:
	case len(o.access.SignIn) == 0:
		return errors.New("the document does not say how to sign in (" + openapi.ExtAccess + "): name the operation")
	default:
		o.Operation = o.access.SignIn[0].Operation
	}
	return nil
}

// isToken reports whether something of this name carries a token against forged requests.
func (o SignIn) isToken(name string) bool {
	return headers.IsAntiForgery(name) || slices.ContainsFunc(o.access.AntiForgery, func(a openapi.AntiForgery) bool {
		return strings.EqualFold(a.Header, name) || a.Field == name ||
			slices.ContainsFunc(a.From, func(s openapi.Source) bool { return s.Cookie == name })
	})
}

// signInSources are the places in answers that a sign-in reads.
type signInSources struct {
	// gives has the credential of each security scheme in the answer that signs in. If the document
	// does not say it, bearer is the only scheme for a bearer token, or "".
	gives  map[string]openapi.Source
	bearer string
	wanted map[openapi.Source]bool // those of tokens, without where they are
}

// sourcesOf returns the places that a sign-in by an operation reads.
func (s *Set) sourcesOf(op *operation) signInSources {
	x := signInSources{wanted: map[openapi.Source]bool{}}
	for _, in := range s.o.SignIn.access.SignIn {
		if strings.EqualFold(in.Operation, op.Method+" "+op.Path) {
			x.gives = in.Gives
		}
	}
	for _, a := range s.o.SignIn.access.AntiForgery {
		for _, from := range a.From {
			x.wanted[sourceKey(from)] = true
		}
	}
	bearers := maps.Clone(s.Schemes())
	maps.DeleteFunc(bearers, func(_ string, x *openapi3.SecurityScheme) bool { return !strings.EqualFold(x.Scheme, "bearer") })
	if len(bearers) == 1 && len(x.gives) == 0 {
		x.bearer = slices.Collect(maps.Keys(bearers))[0]
	}
	return x
}

// sourceKey returns a source without the page or operation that has it, unless it is a pointer: all
// pages of an app have its token.
func sourceKey(s openapi.Source) openapi.Source {
	if s.Pointer == "" {
		s.Page, s.Operation = "", ""
	}
	return s
}

// place returns the method and URL whose answer has a source, nil if the document does not say it.
func (all *sessions) place(s openapi.Source) (method string, u *url.URL) {
	method, path, _ := strings.Cut(s.Operation, " ")
	u, err := url.Parse(all.op.BaseURL + path)
	switch {
	case err != nil:
		return "", nil
	case s.Page != "":
		return http.MethodGet, &url.URL{Scheme: u.Scheme, Host: u.Host, Path: s.Page}
	case path == "" || strings.Contains(path, "{"):
		return "", nil
	}
	return method, u
}

// token returns a token that the document describes, for a request to a URL, "" if it is missing.
func (x *session) token(a openapi.AntiForgery, u *url.URL) string {
	for _, s := range a.From {
		if s.Cookie != "" {
			for _, c := range x.jar.Cookies(u) {
				if c.Name == s.Cookie {
					return unescaped(c.Value)
				}
			}
		}
		key := sourceKey(s)
		if v := cmp.Or(x.tokens.from[openapi.Source{Field: s.Field, Page: u.Path}], x.tokens.from[key]); v != "" {
			return v
		}
	}
	return ""
}

// take takes from the answer that signs in what later requests carry. It reports whether there is
// any. before are the cookies that the request had.
func (x *session) take(resp *http.Response, body []byte, before []*http.Cookie) (isGiven bool) {
	for _, c := range resp.Cookies() {
		old := slices.ContainsFunc(before, func(o *http.Cookie) bool { return o.Name == c.Name && o.Value == c.Value })
		if !old && !isDeleted(c) && !x.o.isToken(c.Name) && !headers.IsTrackingCookie(c.Name) {
			x.carries[c.Name] = c.Value
		}
	}
	v := jsonvalue.Decode(body)
	if all := bearersIn(v, 0); x.bearer != "" && len(all) == 1 {
		x.secrets[x.bearer] = credential.Secret(all[0])
	}
	isGiven = len(x.gives) == 0 && len(x.carries) > 0
	for scheme, from := range x.gives {
		text := ""
		switch {
		case from.Pointer != "":
			text = textAt(v, from.Pointer)
		case from.Header != "":
			text = resp.Header.Get(from.Header)
		case from.Cookie == "":
			text = security.WholeToken(body)
		}
		if text != "" {
			x.secrets[scheme] = credential.Secret(text)
		}
		isGiven = isGiven || x.carries[from.Cookie] != ""
	}
	return isGiven || len(x.secrets) > 0
}

// textAt returns the text at a JSON Pointer, "" if there is none.
func textAt(v any, pointer string) string {
	v, _ = jsonvalue.At(v, jsonvalue.Tokens(pointer)...)
	text, _ := v.(string)
	return text
}

// bearerMember is the name of a member that holds a bearer token.
var bearerMember = regexp.MustCompile(`^(?i)(access_?token|token|jwt)$`)

// bearersIn returns the bearer tokens in the objects of an answer.
func bearersIn(v any, depth int) (out []string) {
	members, _ := v.(map[string]any)
	for name, m := range members {
		if text, _ := m.(string); text != "" && bearerMember.MatchString(name) {
			out = append(out, text)
		}
		if depth < 2 {
			out = append(out, bearersIn(m, depth+1)...)
		}
	}
	return out
}

// signInField is an argument of the operation that signs in.
type signInField struct {
	name, variable string
	path           []string // in the arguments
	isObject       bool     // its members have variables, too
}

// signInVariable returns the variable for a parameter or a member of the body that signs in. Names
// of members are joined with a point; forms have them as user[email].
func signInVariable(member string) string {
	return credential.Variable("sign_in_" + strings.TrimSuffix(member, "]"))
}

// signInFields returns the parameters of the operation that signs in, and the members of its body,
// each object after its own.
func signInFields(op *operation) (out []signInField) {
	for _, p := range op.Parameters {
		out = append(out, signInField{p.Name, signInVariable(p.Name), []string{p.Argument}, false})
	}
	var walk func(path ...string)
	walk = func(path ...string) {
		for _, member := range propertyNames(op.schema, path...) {
			inner, n := append(slices.Clip(path), member), len(out)
			if len(inner) < maxSignInDepth {
				walk(inner...)
			}
			name := strings.Join(inner[1:], ".")
			out = append(out, signInField{name, signInVariable(name), inner, len(out) > n})
		}
	}
	walk(serialize.BodyArgument)
	return out
}

// maxSignInDepth bounds the objects in each other whose members have variables.
const maxSignInDepth = 4

// How names of members end that hold the name of an account, and parts of names of secrets.
var (
	accountMember = regexp.MustCompile(`(?i)(user|login|e-?mail|account|name|phone|identifier|identity|(user|login|account)_?id)\]?$`)
	secretMember  = regexp.MustCompile(`(?i)pass|pwd|secret|token|code|pin|otp|key|answer`)
)

func (f signInField) isAccount() bool { return accountMember.MatchString(f.name) && !f.isSecret() }

func (f signInField) isSecret() bool { return secretMember.MatchString(f.name) }

// asksFor reports whether a field of a page is one that the sign-in sends.
func (all *sessions) asksFor(name string) bool {
	return slices.ContainsFunc(all.fields, func(f signInField) bool { return f.variable == signInVariable(name) })
}

// arguments returns the arguments of the call that signs in, from the variables. What the operation
// requires must have a value, and so must one name of an account and one secret, if it has any.
func (all *sessions) arguments(ctx context.Context) (*orderedjson.Object, error) {
	args := orderedjson.New()
	if len(all.op.Bodies) > 0 {
		args.Set(serialize.BodyArgument, orderedjson.New())
	}
	var variables, missing []string
	for _, f := range all.fields {
		if !f.isObject {
			variables = append(variables, f.variable)
		} else if _, has := memberAt(args, f.path); has {
			continue
		}
		if v := all.o.Get(f.variable); v != "" {
			args = setAt(args, f.path, v)
		}
	}
	all.op.read(args)
	for _, p := range all.op.check(ctx, args) {
		missing = append(missing, sanitize.Description(p.Field+" "+p.Reason, 200))
	}
	for _, is := range []func(signInField) bool{signInField.isAccount, signInField.isSecret} {
		all := slices.DeleteFunc(slices.Clone(all.fields), func(f signInField) bool { return f.isObject || !is(f) })
		if len(all) > 0 && len(missing) == 0 && !slices.ContainsFunc(all, func(f signInField) bool { _, has := memberAt(args, f.path); return has }) {
			missing = append(missing, sanitize.Description(all[0].name, 200)+" has no value")
		}
	}
	if len(missing) > 0 {
		return nil, signInErrorf("%s: set %s", strings.Join(missing, ", "), strings.Join(variables, ", "))
	}
	return args, nil
}
