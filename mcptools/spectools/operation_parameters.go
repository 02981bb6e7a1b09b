package spectools

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
	"github.com/spectap/spectap/openapi/router"
)

// parameterKey identifies a parameter: names of headers are not case-sensitive.
type parameterKey struct{ in, name string }

func keyOf(p *openapi3.Parameter) parameterKey {
	if p.In == openapi3.ParameterInHeader {
		return parameterKey{p.In, strings.ToLower(p.Name)}
	}
	return parameterKey{p.In, p.Name}
}

// setParameters collects the parameters of an operation. Its own take precedence over those of its
// path.
func (b *builder) setParameters(op *operation, item *openapi3.PathItem) {
	names := router.TemplateNames(op.Path)
	inPath := make(map[string]int, len(names)) // their positions
	for i, name := range names {
		if _, again := inPath[name]; !again {
			inPath[name] = i
		}
	}
	seen := make(map[parameterKey]bool)
	for _, refs := range []openapi3.Parameters{op.doc.Parameters, item.Parameters} {
		for _, r := range refs {
			if r == nil || r.Value == nil {
				b.note(op, "a parameter refers to something that does not exist")
				continue
			}
			p := r.Value
			if seen[keyOf(p)] {
				continue
			}
			seen[keyOf(p)] = true
			if isRequiredAuthorization(p) && (len(op.security) == 0 || op.assumed) {
				op.security, op.assumed = [][]Scheme{{{p.Name, undeclared}}}, false
				continue
			}
			if why := unusable(op, p, inPath); why != "" {
				b.note(op, fmt.Sprintf("%s parameter %s is left out: %s",
					sanitize.Description(p.In, 20), sanitize.Description(p.Name, 80), why))
				continue
			}
			if b.o.SignIn.sends(p) {
				b.note(op, fmt.Sprintf("%s parameter %s is left out: the server sends it in the session", p.In, sanitize.Description(p.Name, 80)))
				if p.In == openapi3.ParameterInHeader {
					op.headerTokens = append(op.headerTokens, p.Name)
				}
				continue
			}
			op.Parameters = append(op.Parameters, newParameter(p))
			op.choices = append(op.choices, opsearch.Choices(openapi3.Parameters{r})...)
		}
	}
	for _, name := range names {
		if key := (parameterKey{openapi3.ParameterInPath, name}); !seen[key] {
			b.note(op, fmt.Sprintf("path parameter %s is not described: a string is accepted",
				sanitize.Description(name, 80)))
			seen[key] = true
			op.Parameters = append(op.Parameters, &serialize.Parameter{
				Name: name, In: openapi3.ParameterInPath, Required: true, Style: "simple",
				Schema: openapi3.NewStringSchema().NewRef(),
			})
		}
	}
	sortParameters(op.Parameters, inPath)
	nameArguments(op.Parameters)
	for _, s := range slices.Concat(op.security...) {
		if s.Type == "apiKey" && s.In == string(egress.InQuery) {
			op.CredentialQueries = append(op.CredentialQueries, s.SecurityScheme.Name)
		}
	}
}

// undeclared is the scheme of a required header Authorization, which some frameworks, such as
// FastAPI, write in place of a security scheme. The server sends its credentials there, a bearer
// token.
var undeclared = openapi3.NewJWTSecurityScheme()

// isRequiredAuthorization reports whether a parameter is that header.
func isRequiredAuthorization(p *openapi3.Parameter) bool {
	return p.Required && p.In == openapi3.ParameterInHeader && strings.EqualFold(p.Name, "authorization")
}

// sortParameters sorts by location, then path parameters as they occur in the path, others by name.
func sortParameters(all []*serialize.Parameter, inPath map[string]int) {
	order := map[string]int{"path": 0, "query": 1, openapi.InQueryString: 1, "header": 2, "cookie": 3}
	slices.SortStableFunc(all, func(x, y *serialize.Parameter) int {
		if d := order[x.In] - order[y.In]; d != 0 {
			return d
		}
		if x.In == openapi3.ParameterInPath {
			return inPath[x.Name] - inPath[y.Name]
		}
		return strings.Compare(x.Name, y.Name)
	})
}

// unusable returns the reason why a parameter cannot be an argument, "" if it can.
func unusable(op *operation, p *openapi3.Parameter, inPath map[string]int) string {
	switch p.In {
	case openapi3.ParameterInPath:
		if _, has := inPath[p.Name]; !has {
			return "the path has no such parameter"
		}
	case openapi3.ParameterInHeader:
		if why := unusableHeader(p.Name); why != "" {
			return why
		}
	case openapi3.ParameterInQuery, openapi3.ParameterInCookie, openapi.InQueryString:
	default:
		return "there is no such location"
	}
	for _, s := range slices.Concat(op.security...) {
		same := s.SecurityScheme.Name == p.Name || p.In == openapi3.ParameterInHeader && strings.EqualFold(s.SecurityScheme.Name, p.Name)
		if s.Type == "apiKey" && s.In == p.In && same {
			return "it could replace a credential"
		}
	}
	return ""
}

func unusableHeader(name string) string {
	lower := strings.ToLower(name)
	switch {
	case lower == "accept" || lower == "content-type":
		return "it follows from the media types (OpenAPI 3, Parameter Object)"
	case lower == "authorization" || lower == "cookie":
		return "it could replace a credential"
	case egress.CheckHeader(name, "") != nil:
		return "it is set by the transport or is not a valid header name"
	case lower == "forwarded" || guard.IsTargetOverride(name):
		return "it could change the path or host of the request"
	}
	return ""
}

func newParameter(p *openapi3.Parameter) *serialize.Parameter {
	inPath := p.In == openapi3.ParameterInPath
	out := &serialize.Parameter{
		Name: p.Name, In: p.In, Required: p.Required || inPath,
		AllowReserved: p.AllowReserved, AllowEmptyValue: p.AllowEmptyValue && p.In == openapi3.ParameterInQuery && len(p.Content) == 0,
		Schema:       p.Schema,
		Description:  withHabit(p.Description, p.Extensions),
		MultiSegment: inPath && extensionBool(p.Extensions, "x-spectap-multi-segment", false),
	}
	how := params.Of(p)
	out.Style, out.Explode = how.Style, how.Explode
	if len(p.Content) > 0 {
		out.ContentType = slices.Sorted(maps.Keys(p.Content))[0]
		if mt := p.Content[out.ContentType]; mt != nil {
			out.Schema = mt.Schema
		}
	}
	out.Default = sentByDefault(out)
	return out
}

// maxName is the maximal length of an argument's name, which common clients do not exceed.
const maxName = 64

// nameArguments gives each parameter an argument of its own name. If several would share one, or if
// it is the name of another argument, the location is appended, and a hash if that is taken too.
func nameArguments(all []*serialize.Parameter) {
	byName := make(map[string][]*serialize.Parameter)
	for _, p := range all {
		p.Argument = argumentName(p.Name)
		byName[p.Argument] = append(byName[p.Argument], p)
	}
	reserved := []string{serialize.BodyArgument, serialize.ContentTypeArgument, confirmedArgument}
	for _, p := range all {
		if len(byName[p.Argument]) == 1 && !slices.Contains(reserved, p.Argument) {
			continue
		}
		name := truncate(p.Argument, maxName-len(p.In)-2) + "__" + p.In
		for seed := p.In + " " + p.Name; byName[name] != nil; seed += "+" {
			name = truncate(p.Argument, maxName-len(p.In)-11) + "__" + p.In + "_" + hash8(seed)
		}
		byName[name] = []*serialize.Parameter{p}
		p.Argument = name
	}
}

// argumentName replaces characters other than ASCII letters, digits, "_", "-" and "." with "_".
func argumentName(s string) string {
	out := strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-.", r) ||
			r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '_'
	}, s)
	if out == "" {
		return "_"
	}
	if len(out) > maxName {
		out = out[:maxName-9] + "_" + hash8(s)
	}
	return out
}

func truncate(s string, n int) string { return s[:min(len(s), n)] }
