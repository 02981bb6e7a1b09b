package schema

import (
	"slices"
	"strings"
)

// enumWords end the names of fields that hold one of a few values, by what people mean with the word.
var enumWords = map[string]bool{"status": true, "type": true, "state": true, "role": true, "kind": true, "mode": true, "level": true,
	"severity": true, "priority": true, "visibility": true, "phase": true, "event": true, "action": true, "conclusion": true,
	"permission": true, "privacy": true, "protocol": true, "direction": true, "unit": true, "interval": true,
	"frequency": true, "effect": true, "outcome": true, "strategy": true, "tier": true, "stage": true, "operator": true,
	"association": true, "encoding": true, "policy": true, "scope": true, "side": true, "format": true, "method": true,
	"access": true, "order": true, "usage": true, "behavior": true, "health": true, "lifecycle": true, "category": true}

// tagWords are fields that name the type of the object they stand in.
var tagWords = map[string]bool{"object": true, "kind": true, "api_version": true, "typename": true, "odata_type": true, "resource_type": true, "object_type": true}

// Limits of enums: closing a field that is open refuses good values, leaving one open only lets bad ones by.
const (
	enumValues    = 20
	enumSeen      = 8
	enumExchanges = 3
	enumRepeat    = 3   // values seen for each distinct one
	enumOnce      = .05 // share of values seen a single time: what is still to come
	constTag      = 3   // exchanges that make a constant of a tag
	constType     = 8   // and of other fields named type
)

// enum decides whether the strings of a place are a closed list. Values that are, but on too little
// evidence, are observed.
func (g *graph) enum(id int32, f *node, s *Schema) {
	if s.Kind != String || s.Format != "" || f.str == nil || f.typed {
		return
	}
	texts := f.str.texts()
	if texts == nil {
		return
	}
	w := &g.places[id].where
	if w.field < 0 {
		return
	}
	name := lower(g.names[w.field])
	d := domainOf(&g.positions[w.pos])
	if (d == inResponse || d == inError) && !g.policy.OpenEnums && f.str.empty == 0 {
		if g.closed(name, f, texts) {
			s.Enum = texts
			return
		}
	}
	if n := f.kinds[isString]; len(texts) <= enumValues && int(n) >= 2*len(texts) && n >= 4 {
		s.Observed = texts
	}
}

// texts returns all values, sorted; nil unless all are known.
func (s *stringFacts) texts() []string {
	v := &s.values
	if v.over || len(v.list) == 0 || len(v.list) > 2*enumValues {
		return nil
	}
	out := make([]string, len(v.list))
	for i, x := range v.list {
		if x.text == "" {
			return nil
		}
		out[i] = x.text
	}
	slices.Sort(out)
	return out
}

func (g *graph) closed(name string, f *node, texts []string) bool {
	n := int(f.kinds[isString])
	last := name[strings.LastIndexByte(name, '_')+1:]
	if len(texts) == 1 {
		switch {
		case tagWords[name]:
			return f.exch >= constTag
		case name == "type":
			return f.exch >= constType
		}
		return false
	}
	if !enumWords[last] && !enumWords[singularWord(last)] {
		return false
	}
	for _, t := range texts {
		if strings.ContainsAny(t, "/.:") {
			return false
		}
	}
	return len(texts) <= enumValues && n >= enumSeen && f.exch >= enumExchanges &&
		n >= enumRepeat*len(texts) && float64(f.str.values.once()) < enumOnce*float64(n)
}
