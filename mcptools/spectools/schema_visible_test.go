package spectools

import (
	"encoding/json"
	"testing"
)

// TestVisible leaves out what does not show, and keeps the rest.
func TestVisible(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing hidden", `{"enum":["a\nb","<&>"]}`, `{"enum":["a\nb","<&>"]}`},
		{"value of an enum", `{"enum":["a\u202e","b",1]}`, `{"enum":["b",1]}`},
		{"whole enum", `{"enum":["a\u202e"],"type":"string"}`, `{"type":"string"}`},
		{"const and default", `{"const":"\u200b","default":"\u001b","type":"string"}`, `{"type":"string"}`},
		{"member", `{"properties":{"a\u202e":{},"b":{}},"required":["a\u202e","b"]}`, `{"properties":{"b":{}},"required":["b"]}`},
		{"pattern", `{"pattern":"^\u202e\\d$","patternProperties":{"\u200b":{}}}`, `{"pattern":"^\\u202e\\d$","patternProperties":{"\\u200b":{}}}`},
		{"properties named as keywords", `{"properties":{"pattern":{"enum":["\u202e",1]},"patternProperties":{"default":"\u202e"}}}`, `{"properties":{"pattern":{"enum":[1]},"patternProperties":{}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := visibleSchema(json.RawMessage(tt.in)); string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
