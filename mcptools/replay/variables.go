package replay

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Variable is a text that a caller stores. It contains placeholders instead of secrets.
type Variable struct {
	Text    string
	Secrets Secrets // of the placeholders in Text
	places  places  // of the placeholders in their flow
	// Origin is the origin of the flow that Text comes from. The text is sent to no other. A text
	// of the caller has none: "".
	Origin string
}

// Variables stores the variables of all callers. The zero value is ready for use, from any
// goroutine.
type Variables struct {
	mu   sync.Mutex // guards sets
	sets []*variableSet
}

// variableSet holds the variables of one caller by name.
type variableSet struct {
	principal string
	vars      map[string]Variable
}

// MaxVariables limits the variables of one caller.
const MaxVariables = 1000

// maxCallers limits the callers. The least recently used one loses its variables.
const maxCallers = 100

// of returns the variables of a caller and moves them to the end of the list. The caller holds mu.
func (v *Variables) of(principal string) *variableSet {
	i := slices.IndexFunc(v.sets, func(x *variableSet) bool { return x.principal == principal })
	set := &variableSet{principal, map[string]Variable{}}
	if i >= 0 {
		set = v.sets[i]
		v.sets = slices.Delete(v.sets, i, i+1)
	} else if len(v.sets) == maxCallers {
		v.sets = slices.Delete(v.sets, 0, 1)
	}
	v.sets = append(v.sets, set)
	return set
}

// Set stores a variable. It reports false if the caller has too many.
func (v *Variables) Set(principal, name string, x Variable) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	set := v.of(principal)
	if _, has := set.vars[name]; !has && len(set.vars) >= MaxVariables {
		return false
	}
	set.vars[name] = x
	return true
}

// Get returns a copy of a caller's variables.
func (v *Variables) Get(principal string) map[string]Variable {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !slices.ContainsFunc(v.sets, func(x *variableSet) bool { return x.principal == principal }) {
		return nil
	}
	return maps.Clone(v.of(principal).vars)
}

// DropSession removes the variables of a session that has ended.
func (v *Variables) DropSession(session string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sets = slices.DeleteFunc(v.sets, func(x *variableSet) bool {
		return session != "" && (x.principal == session || strings.HasSuffix(x.principal, "/"+session))
	})
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// IsVariableName reports whether a variable may have this name.
func IsVariableName(name string) bool { return variableName.MatchString(name) }

var variableUse = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)`)

// expand replaces $name and ${name} by the texts of variables, and adds their secrets to those of
// the request. It leaves unknown names unchanged. foreign is the name of a variable whose text
// comes from another origin, or "".
func (r *Request) expand(text string) (out, foreign string) {
	out = variableUse.ReplaceAllStringFunc(text, func(use string) string {
		name := strings.Trim(use, "${}")
		x, ok := r.vars[name]
		switch {
		case !ok:
			return use
		case x.Origin != "" && x.Origin != r.Flow.Request.Origin():
			foreign = name
			return use
		}
		maps.Copy(r.secrets, x.Secrets)
		maps.Copy(r.variablePlaces, x.places)
		return x.Text
	})
	return out, foreign
}

// Callers returns the number of callers with variables.
func (v *Variables) Callers() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sets)
}
