package route

import "testing"

// TestConstantsAmongWords checks when names in capitals beside words are values: below a parameter
// two that are used alike, below a literal alone and in three places.
func TestConstantsAmongWords(t *testing.T) {
	parameter, literal := &level{members: []*candidate{}}, &level{literal: "Schedule"}
	for _, tt := range []struct {
		name   string
		parent *level
		names  string
		uses   int // of each name
		change func(*decider, []*candidate)
		want   bool
	}{
		{"two below a parameter", parameter, "NY CA", 1, nil, true},
		{"beside a word", parameter, "NY CA complete", 1, nil, true},
		{"one below a parameter", parameter, "NY complete", 9, nil, false},
		{"one of them refused", parameter, "NY !CA", 1, nil, false},
		{"one without a node", parameter, "NY #CA", 1, nil, false},
		{"used otherwise", parameter, "NY CA", 1, func(_ *decider, all []*candidate) { all[1].isLeaf = true }, false},
		{"none", parameter, "complete open", 1, nil, false},
		{"two below a literal", literal, "EPL UEFA", minConstantUses, nil, true},
		{"in fewer places", literal, "EPL UEFA", minConstantUses - 1, nil, false},
		{"beside a word below a literal", literal, "EPL UEFA open", minConstantUses, nil, false},
		{"one below a literal", literal, "EPL", minConstantUses, nil, false},
		{"a value below two others", literal, "EPL", minConstantUses, func(d *decider, all []*candidate) {
			d.firstPass = &firstPass{valuePrefixes: map[uint64]prefixSet{all[0].hash: {1: {}, 2: {}}}}
		}, true},
		{"a value below one other", literal, "EPL", minConstantUses, func(d *decider, all []*candidate) {
			d.firstPass = &firstPass{valuePrefixes: map[uint64]prefixSet{all[0].hash: {1: {}}}}
		}, false},
		{"one below a parameter, a value elsewhere", parameter, "EPL", minConstantUses, func(d *decider, all []*candidate) {
			d.firstPass = &firstPass{valuePrefixes: map[uint64]prefixSet{all[0].hash: {1: {}, 2: {}}}}
		}, false},
	} {
		all, d := named(tt.names), &decider{labelUses: map[string]int{}}
		for _, c := range all {
			c.label = c.decoded
			c.nextLabels = hashes("a")
			d.labelUses[c.label] = tt.uses
		}
		if tt.change != nil {
			tt.change(d, all)
		}
		if got := d.areConstantsAmongWords(tt.parent, all); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}
