package policy

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// top reads a policy.
func (l *loader) top(root *yaml.Node) {
	p, v := l.policy, valueOf(root, "")
	hasVersion := false
	l.object(v, "a policy",
		field{"version", func(v value) {
			hasVersion = true
			if v.Kind != yaml.ScalarNode || v.Value != "1" {
				l.wrong(v, "version must be 1, not %s", kindText(v))
			}
		}},
		field{"description", func(v value) { p.Description = l.text(v, "description") }},
		field{"default", func(v value) { p.allow = l.choice(v, "default", "deny", "allow") == "allow" }},
		field{"hide", func(v value) {
			l.items(v, "hide", func(v value) { p.hide = append(p.hide, pattern(l.text(v, "a name in hide"))) })
		}},
		field{"all_tools", func(v value) { p.all = l.entry(v, "*") }},
		field{"tools", func(v value) { l.section(v, Tool) }},
		field{"resources", func(v value) { l.section(v, Resource) }},
		field{"prompts", func(v value) { l.section(v, Prompt) }},
		field{"methods", func(v value) { l.section(v, Method) }},
		field{"upstream", l.upstream},
		field{"session", l.sessionRules},
		field{"pins", l.pins},
	)
	if !hasVersion {
		l.wrong(v, "version is missing: write version: 1")
	}
}

// upstream reads the requests that the upstream may send to the client.
func (l *loader) upstream(v value) {
	one := func(request string) field {
		return field{request, func(v value) {
			l.policy.upstream[request] = l.choice(v, request, "allow", "deny") == "allow"
		}}
	}
	l.object(v, "upstream", one(Sampling), one(Elicitation), one(Roots), one(Logging))
}

// section reads the entries for one kind of call.
func (l *loader) section(v value, k Kind) {
	s := &l.policy.sections[k]
	s.exact = map[string]*entry{}
	l.pairs(v, sectionNames[k], func(name string, key, v value) {
		if name == "" {
			l.wrong(key, "a name in %s is empty", sectionNames[k])
			return
		}
		e := l.entry(v, pattern(name))
		if k == Method {
			l.judgedHere(key, e)
		}
		if s.list = append(s.list, e); e.name.isGlob() {
			s.globs = append(s.globs, e)
		} else {
			s.exact[name] = e
		}
	})
}

// entry reads the rules for the names that a pattern matches.
func (l *loader) entry(v value, name pattern) *entry {
	e := &entry{name: name, pointer: v.at}
	reasons := 0
	reason := func(v value) {
		if e.reason = l.text(v, "the reason"); reasons > 0 {
			l.wrong(v, "reason and on_deny mean the same: keep one")
		}
		reasons++
	}
	approval := func(v value, read func(value) *approvalRule) {
		if e.approval != nil {
			l.wrong(v, "action: require_approval and require_approval mean the same: keep one")
		}
		e.approval = read(v)
	}
	var action string
	l.object(v, "a rule for "+strconv.Quote(string(name)),
		field{"action", func(v value) {
			action = l.choice(v, "action", "allow", "deny", "require_approval")
			if e.deny = action != "allow" && action != "require_approval"; action == "require_approval" {
				approval(v, l.newApproval)
			}
		}},
		field{"reason", reason},
		field{"on_deny", reason},
		field{"require", func(v value) { e.require = l.rules(v, "require", yes) }},
		field{"deny_if", func(v value) { e.denyIf = l.rules(v, "deny_if", no) }},
		field{"limits", func(v value) {
			l.items(v, "limits", func(v value) { e.limits = append(e.limits, l.limit(v)) })
		}},
		field{"rate_limit", func(v value) { e.limits = append(e.limits, l.rate(v)) }},
		field{"require_approval", func(v value) { approval(v, l.approval) }},
		field{"results", func(v value) { e.results = l.results(v) }},
		field{"taints", func(v value) { e.taints, e.keeps = l.taints(v) }},
		field{"after", func(v value) { e.after = l.order(v, name) }},
	)
	if e.deny && (len(e.require)+len(e.denyIf)+len(e.limits)+len(e.taints)+len(e.keeps)+len(e.after) > 0 || e.approval != nil) {
		l.wrong(v, "action: deny denies every call, so require, deny_if, limits, taints, after and require_approval have no effect: remove one or the other")
	}
	l.counters(v, e)
	return e
}

// counters assigns counters to the limits of an entry. Limits of one entry must not have the same
// name, because they would share a counter.
func (l *loader) counters(v value, e *entry) {
	seen := map[string]bool{}
	for i := range e.limits {
		name := e.limits[i].counter
		if seen[name] {
			l.wrong(v, "two limits have the counter %q: give them different names", name)
		}
		seen[name] = true
		e.limits[i].counter = e.pointer + "/limits/" + name
	}
}

// results reads the treatment of the answer to a call.
func (l *loader) results(v value) (r Results) {
	l.object(v, "results",
		field{"max_bytes", func(v value) {
			n, err := strconv.ParseUint(v.Value, 10, 63)
			if v.Kind != yaml.ScalarNode || err != nil || n == 0 || n > math.MaxInt32 {
				l.wrong(v, "max_bytes must be a number of bytes, not %s", kindText(v))
			}
			r.MaxBytes = int(min(n, math.MaxInt32))
		}},
		field{"redact", func(v value) { r.Redact = l.flag(v, "redact") }},
		field{"fence", func(v value) { r.Fence = l.flag(v, "fence") }},
		field{"remove", func(v value) {
			l.items(v, "remove", func(v value) {
				text := l.text(v, "a path in remove")
				if text == "" {
					return
				}
				steps, err := parseSteps("." + strings.TrimPrefix(text, "."))
				if strings.HasPrefix(text, "[") {
					steps, err = parseSteps(text)
				}
				if err != nil {
					l.wrong(v, "path %q: %v", text, err)
					return
				}
				r.Remove = append(r.Remove, Place{text, steps})
			})
		}},
		field{"deny_matching", func(v value) {
			l.items(v, "deny_matching", func(v value) {
				if re := l.regexp(v); re != nil {
					r.DenyMatching = append(r.DenyMatching, re)
				}
			})
		}},
	)
	return r
}

// regexp reads a regular expression, or returns nil if it is invalid.
func (l *loader) regexp(v value) *regexp.Regexp {
	text := l.text(v, "a regular expression")
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		l.wrong(v, "%s; the syntax is that of RE2", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}
