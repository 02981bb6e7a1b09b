package redact

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// Statements have the values of secrets in other members, by name or number: {"query":
// "mutation($p: String!) {login(password: $p)}", "variables": {"p": "…"}}, {"sql": "UPDATE t SET
// password = ?", "args": ["…"]}.

// isStatement reports whether a member of this name has a statement.
func isStatement(name string) bool {
	switch name {
	case "query", "sql", "statement", "stmt", "cypher":
		return true
	}
	return false
}

// holdsBinds reports whether a member of this name has the values for a statement.
func holdsBinds(name string) bool {
	switch name {
	case "variables", "params", "parameters", "bindings", "binds", "args", "values":
		return true
	}
	return false
}

// readVariables reads which variables of a statement are secrets.
func (w *jsonRedactor) readVariables(statement string) {
	w.variables = nil
	for _, name := range append(phrase.Variables(statement), phrase.Binds(statement)...) {
		if w.variables == nil {
			w.variables = map[string]bool{}
		}
		w.variables[name] = true
	}
}

// readLaterStatement reads the statement behind the values that the member at i has.
func (w *jsonRedactor) readLaterStatement(i int) {
	for later, from := range w.laterMembers(i, kindDistance) {
		if isStatement(stringOf(later)) {
			w.readVariables(w.stringAt(from))
		}
	}
}

// isBound reports whether the name of a value for a statement is that of a secret.
func (w *jsonRedactor) isBound(owner []byte, name string) bool {
	return w.variables[name] && holdsBinds(stringOf(owner))
}

// boundColumns returns which elements of a list with the values for a statement are secrets.
func (w *jsonRedactor) boundColumns() (c columns) {
	for name := range w.variables {
		if n, _ := strconv.Atoi(name); n > 0 {
			c.secret |= 1 << (n - 1)
		}
	}
	return c
}

// graphQLVariables redacts the variables of a call of GraphQL in a query or form, if the value of
// the parameter is theirs: query=…&variables={"p":"…"}.
func (r *Redactor) graphQLVariables(query, name, v string) string {
	if name != "variables" {
		return v
	}
	plain := lex.Unescape(v)
	for part := range strings.SplitSeq(query, "&") {
		statement, ok := strings.CutPrefix(part, "query=")
		if !ok {
			continue
		}
		w := jsonRedactor{r: r, in: []byte(plain), root: []byte(name)}
		w.readVariables(lex.Unescape(statement))
		if out := string(w.text()); out != plain {
			return queryEscaper.Replace(out)
		}
	}
	return v
}
