package merge

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/openapi/yamledit"
)

// A person may rename a path parameter: /orders/{order_id} to /orders/{id}. adoptNames gives the
// inferred document the names of the existing one, so that all that is added uses them: operations
// of that path, new paths below it, links to it and expressions in links.

// adoptNames renames path parameters of the inferred document.
func (m *merger) adoptNames() {
	byPrefix := m.namesByPrefix()
	inferred := yamledit.Get(m.inferred, "paths")
	for p := range m.matchPaths() {
		names := m.namesFor(p, byPrefix)
		if len(names) == 0 {
			continue
		}
		for i := 0; i+1 < len(inferred.Content); i += 2 {
			if inferred.Content[i+1] == p.inferred {
				inferred.Content[i] = yamledit.String(renameTemplate(p.template, names))
			}
		}
		for method, op := range yamledit.Pairs(p.inferred) {
			if !openapi.IsOperationKey(method.Value) {
				continue
			}
			m.adopted[yamledit.Text(yamledit.Get(op, "operationId"))] = names
			for _, param := range yamledit.Items(yamledit.Get(op, "parameters")) {
				n := yamledit.Get(param, "name")
				if yamledit.Text(yamledit.Get(param, "in")) == "path" && names[n.Value] != "" {
					n.Value = names[n.Value]
				}
			}
		}
	}
	for _, item := range yamledit.Pairs(inferred) {
		for _, op := range yamledit.Pairs(item) {
			for _, link := range m.linksOf(op, m.resolve) {
				target := m.adopted[yamledit.Text(yamledit.Get(link, "operationId"))]
				m.renameInLink(link, target, m.adopted[yamledit.Text(yamledit.Get(op, "operationId"))])
			}
		}
	}
}

// parameter matches a parameter of a path template.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// renameTemplate renames the parameters of a path template.
func renameTemplate(template string, names map[string]string) string {
	return parameter.ReplaceAllStringFunc(template, func(s string) string {
		name := s[1 : len(s)-1]
		return "{" + cmp.Or(names[name], name) + "}"
	})
}

// prefixes returns, for each parameter of a template, what identifies its place in all paths: the
// shape of the path up to the end of its segment, and its number.
func prefixes(template string) []string {
	var out []string
	at := 0
	for segment := range strings.SplitAfterSeq(template, "/") {
		at += len(segment)
		for range strings.Count(segment, "{") {
			shape := router.TemplateShape(strings.TrimSuffix(template[:at], "/"))
			out = append(out, fmt.Sprint(shape, "#", len(out)))
		}
	}
	return out
}

// namesByPrefix returns the names that the existing document gives to parameters, by their places.
// Where paths disagree, the first counts.
func (m *merger) namesByPrefix() map[string][]string {
	out := map[string][]string{}
	for _, p := range m.oldPaths() {
		full := p.prefix + p.key.Value
		names := router.TemplateNames(full)
		for i, place := range prefixes(full) {
			if i < len(names) && !slices.Contains(out[place], names[i]) {
				out[place] = append(out[place], names[i])
			}
		}
	}
	return out
}

// namesFor returns the new names of parameters of an inferred path. Two parameters never get the
// same name.
func (m *merger) namesFor(p matchedPath, byPrefix map[string][]string) map[string]string {
	inferred := router.TemplateNames(p.template)
	wanted := slices.Clone(inferred)
	full := prefixOf(m.inferred) + p.template
	places, offset := prefixes(full), strings.Count(prefixOf(m.inferred), "{")
	var old []string
	if p.old != nil {
		old = router.TemplateNames(p.key.Value)
	}
	for i, name := range inferred {
		if p.old != nil {
			if k := len(old) - len(inferred) + i; k >= 0 {
				wanted[i] = old[k]
			}
			continue
		}
		if known := byPrefix[places[min(i+offset, len(places)-1)]]; len(known) > 0 && !slices.Contains(known, name) {
			wanted[i] = known[0]
		}
	}
	// A parameter that keeps its name may take one that another was to have.
	for again := true; again; {
		again = false
		for i, name := range wanted {
			if name != inferred[i] && (slices.Contains(wanted[:i], name) || slices.Contains(wanted[i+1:], name)) {
				m.skip("parameter "+inferred[i]+" of "+p.template, "it keeps this name: the path has two parameters "+name)
				wanted[i], again = inferred[i], true
			}
		}
	}
	out := map[string]string{}
	for i, name := range wanted {
		if name != inferred[i] {
			out[inferred[i]] = name
		}
	}
	return out
}

// linksOf returns the links of the responses of an operation. follow resolves references.
func (m *merger) linksOf(op *yaml.Node, follow func(*yaml.Node) *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, r := range yamledit.Pairs(yamledit.Get(op, "responses")) {
		for _, link := range yamledit.Pairs(yamledit.Get(follow(r), "links")) {
			if link = follow(link); link != nil {
				out = append(out, link)
			}
		}
	}
	return out
}

// renameInLink renames parameters in a link: target are the new names of those of its operation,
// source of those of the operation that has the link.
func (m *merger) renameInLink(link *yaml.Node, target, source map[string]string) {
	params := yamledit.Get(link, "parameters")
	if params == nil || params.Kind != yaml.MappingNode || len(target)+len(source) == 0 {
		return
	}
	renamed := yamledit.Copy(params)
	changed := false
	for i := 0; i+1 < len(renamed.Content); i += 2 {
		key, value := renamed.Content[i], renamed.Content[i+1]
		qualifier, name := "", key.Value
		if rest, ok := strings.CutPrefix(name, "path."); ok {
			qualifier, name = "path.", rest
		}
		if to := target[name]; to != "" {
			if qualifier == "" && yamledit.Get(params, to) != nil && target[to] == "" {
				qualifier = "path." // another parameter, such as a query parameter, has the name
			}
			key.Value, changed = qualifier+to, true
		}
		if value.Kind == yaml.ScalarNode {
			if to := renameExpression(value.Value, source); to != value.Value {
				value.Value, changed = to, true
			}
		}
	}
	if changed {
		m.replaceMapping(link, params, renamed)
	}
}

// replaceMapping puts n in the place of a mapping, which belongs to either document.
func (m *merger) replaceMapping(parent, old, n *yaml.Node) {
	if old.Line > 0 {
		m.replace(parent, old, n)
		return
	}
	parent.Content[slices.Index(parent.Content, old)] = n
}

// requestPath matches a runtime expression for a path parameter of the request (OpenAPI 3, Runtime
// Expressions).
var requestPath = regexp.MustCompile(`(\$request\.path\.)([^{}]*)`)

// renameExpression renames path parameters in a runtime expression, or in a text with several in
// braces.
func renameExpression(text string, names map[string]string) string {
	return requestPath.ReplaceAllStringFunc(text, func(s string) string {
		parts := requestPath.FindStringSubmatch(s)
		return parts[1] + cmp.Or(names[parts[2]], parts[2])
	})
}

// followNames corrects links of the existing document that still have a name which a person changed
// where it is declared: of an operation, or of a path parameter.
func (m *merger) followNames() {
	declared := map[string]map[string]bool{} // operationId ▶ its path parameters
	for _, p := range m.oldPaths() {
		for method, op := range yamledit.Pairs(p.item) {
			if openapi.IsOperationKey(method.Value) {
				names := map[string]bool{}
				for _, n := range router.TemplateNames(p.key.Value) {
					names[n] = true
				}
				declared[yamledit.Text(yamledit.Get(m.follow(op), "operationId"))] = names
			}
		}
	}
	names := map[string]map[string]string{} // operationId in the existing document ▶ what was renamed
	for id, old := range m.ids {
		names[old] = map[string]string{}
		for from, to := range m.adopted[id] {
			if !declared[old][from] { // else it is the name of another parameter now
				names[old][from] = to
			}
		}
	}
	for _, p := range m.oldPaths() {
		for _, op := range yamledit.Pairs(p.item) {
			for _, link := range m.linksOf(op, m.follow) {
				id := yamledit.Get(link, "operationId")
				target := yamledit.Text(id)
				if to := m.ids[target]; to != "" && to != target && declared[target] == nil && declared[to] != nil {
					m.replace(link, id, yamledit.String(to))
					target = to
				}
				m.renameInLink(link, names[target], names[yamledit.Text(yamledit.Get(op, "operationId"))])
			}
		}
	}
}
