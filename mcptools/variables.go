package mcptools

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// principal is who calls: what consents and session variables belong to. Over HTTP single requests of the newest protocol
// have no session: there it is who has the token.
func (s *service) principal(ctx context.Context) string {
	who, session := "", ""
	if s.Principal != nil {
		who = s.Principal(ctx)
	}
	if c := server.ClientSessionFromContext(ctx); c != nil {
		session = c.SessionID()
	}
	return strings.Trim(who+"/"+session, "/")
}

// sessionVariables are texts that clients keep for requests to come, each client for itself.
type sessionVariables struct {
	mu  sync.Mutex // guards all
	all []*variableSet
}

// variableSet is what one client keeps, by name.
type variableSet struct {
	principal string
	vars      map[string]sessionVariable
}

// sessionVariable is a text, with placeholders where it had secrets, and what these stand for.
type sessionVariable struct {
	text    string
	secrets secrets
}

// Bounds of what is kept.
const (
	maxVariables    = 1000     // of one client
	maxVariable     = 64 << 10 // bytes of one
	maxVariableSets = 100      // clients; of more, the one that was least recently here loses its variables
)

// of returns the variables of a client, which becomes the last in the list. The caller holds mu.
func (v *sessionVariables) of(principal string) *variableSet {
	i := slices.IndexFunc(v.all, func(x *variableSet) bool { return x.principal == principal })
	set := &variableSet{principal, map[string]sessionVariable{}}
	if i >= 0 {
		set = v.all[i]
		v.all = slices.Delete(v.all, i, i+1)
	} else if len(v.all) == maxVariableSets {
		v.all = slices.Delete(v.all, 0, 1)
	}
	v.all = append(v.all, set)
	return set
}

// set keeps a variable of a client; false says that it has too many.
func (v *sessionVariables) set(principal, name string, x sessionVariable) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	set := v.of(principal)
	if _, has := set.vars[name]; !has && len(set.vars) >= maxVariables {
		return false
	}
	set.vars[name] = x
	return true
}

// get returns the variables of a client as they are now.
func (v *sessionVariables) get(principal string) map[string]sessionVariable {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !slices.ContainsFunc(v.all, func(x *variableSet) bool { return x.principal == principal }) {
		return nil
	}
	return maps.Clone(v.of(principal).vars)
}

// drop forgets what a session kept that has ended.
func (v *sessionVariables) drop(session string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = slices.DeleteFunc(v.all, func(x *variableSet) bool {
		return session != "" && (x.principal == session || strings.HasSuffix(x.principal, "/"+session))
	})
}

var variableUse = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)`)

// expand replaces $name and ${name}, whole names only; what they bring is added to known.
func expand(vars map[string]sessionVariable, text string, known secrets) string {
	return variableUse.ReplaceAllStringFunc(text, func(use string) string {
		x, ok := vars[strings.Trim(use, "${}")]
		if !ok {
			return use
		}
		maps.Copy(known, x.secrets)
		return x.text
	})
}

// VariableResult says what is kept.
type VariableResult struct {
	tool.Untrusted
	Name  string `json:"name"`
	Value string `json:"value" jsonschema_description:"with placeholders in the place of secrets"`
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (s *service) keep(ctx context.Context, name string, x sessionVariable) (VariableResult, error) {
	if !variableName.MatchString(name) {
		return VariableResult{}, tool.BadArgument("name", "must be letters, digits and _")
	}
	if len(x.text) > maxVariable {
		return VariableResult{}, tool.BadArgument("name", "would have a text of %d bytes: at most %d are kept", len(x.text), maxVariable)
	}
	if !s.vars.set(s.principal(ctx), name, x) {
		return VariableResult{}, tool.BadArgument("name", "is one too many: at most %d are kept", maxVariables)
	}
	return VariableResult{tool.Notice(), name, view.Cut(view.Visible(s.Redact.Text(x.text)), view.PreviewBytes)}, nil
}

func (s *service) setVariable(ctx context.Context, a tool.Args) (VariableResult, error) {
	return s.keep(ctx, a.String("name"), sessionVariable{text: a.String("value")})
}

func (s *service) extractVariable(ctx context.Context, a tool.Args) (VariableResult, error) {
	re, err := regexp.Compile(a.String("regex_pattern"))
	if err != nil {
		return VariableResult{}, tool.BadArgument("regex_pattern", "is not a regular expression: %s", regexpFault(err))
	}
	if a.Int("group_index") > re.NumSubexp() {
		return VariableResult{}, tool.BadArgument("group_index", "is beyond the expression's %d groups", re.NumSubexp())
	}
	raw, err := s.Store.Get(ctx, a.Flow("flow_id"))
	if err != nil {
		return VariableResult{}, err
	}
	red := s.Redact.Flow(raw)
	if red.Response == nil {
		return VariableResult{}, tool.Errorf(tool.CodeNoBody, "", "the flow has no answer")
	}
	body, _, _, _ := view.BodyText(red.Response.Header, red.Response.Body)
	for _, text := range []string{body, view.HeaderText(red.Response.Header)} {
		if m := re.FindStringSubmatch(text); m != nil {
			return s.keep(ctx, a.String("name"), sessionVariable{m[a.Int("group_index")], secretsOf(&raw, &red)})
		}
	}
	return VariableResult{}, tool.Errorf(tool.CodeNoBody, "extract_from_flow and inspect_flow show what there is", "the expression finds nothing in the answer")
}
