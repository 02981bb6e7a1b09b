package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ModelName is the name of the rules among the models of a store. They cover no flow.
const ModelName = "rules"

// Bounds of a list.
const (
	maxRules   = 100
	maxEncoded = 1 << 20 // bytes
	version    = 1
)

// encodedRules is the stored form of a list.
type encodedRules struct {
	Version int               `json:"version"`
	Rules   []json.RawMessage `json:"rules"`
}

// Encode returns checked rules as JSON for [Parse].
func Encode(list []Rule) ([]byte, error) {
	d := encodedRules{Version: version, Rules: []json.RawMessage{}}
	for _, r := range list {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("encode rule: %w", err)
		}
		d.Rules = append(d.Rules, b)
	}
	return json.Marshal(d)
}

// Parse reads the result of [Encode]; empty data has no rules. It returns the valid rules and one
// joined error for each that is not, with its number, so that the others can still be used.
func Parse(data []byte) ([]Rule, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxEncoded {
		return nil, fmt.Errorf("read rules: %d bytes, at most %d are allowed", len(data), maxEncoded)
	}
	var d encodedRules
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, errors.New("read rules: not the JSON of rules")
	}
	if d.Version != version {
		return nil, fmt.Errorf("read rules: version %d, only %d is supported", d.Version, version)
	}
	var list []Rule
	var all []error
	for i, raw := range d.Rules {
		r, err := parseRule(raw)
		switch {
		case err == nil && len(list) == maxRules:
			return list, errors.Join(append(all, fmt.Errorf("read rules: there are more than %d", maxRules))...)
		case err == nil && index(list, r.ID) >= 0:
			err = errors.New("another rule has its id")
		}
		if err != nil {
			all = append(all, fmt.Errorf("read rule %d: %w", i+1, err))
			continue
		}
		list = append(list, r)
	}
	return list, errors.Join(all...)
}

// parseRule refuses unknown fields: in a newer version such a field may restrict the rule.
func parseRule(raw []byte) (r Rule, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&r) != nil {
		return Rule{}, errors.New("not the JSON of a rule")
	}
	return r, r.Check()
}

func index(list []Rule, id string) int {
	return slices.IndexFunc(list, func(r Rule) bool { return r.ID == id })
}

// With returns a copy of list in which r replaces the rule with its ID, or is added at the end. It
// returns an error when r is invalid or the list is full.
func With(list []Rule, r Rule) (out []Rule, replaced bool, err error) {
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	out = slices.Clone(list)
	if i := index(out, r.ID); i >= 0 {
		out[i] = r
		replaced = true
	} else if len(out) == maxRules {
		return nil, false, fmt.Errorf("the list is full with %d rules: remove one first", maxRules)
	} else {
		out = append(out, r)
	}
	if b, err := Encode(out); err != nil || len(b) > maxEncoded {
		return nil, false, fmt.Errorf("all rules together must be at most %d bytes", maxEncoded)
	}
	return out, replaced, nil
}

// Without returns list without the rule with that ID, and whether there was one: then the result is
// not nil, so that [Save] keeps rules that it cannot read.
func Without(list []Rule, id string) ([]Rule, bool) {
	i := index(list, id)
	if i < 0 {
		return list, false
	}
	return slices.Delete(slices.Clone(list), i, i+1), true
}
