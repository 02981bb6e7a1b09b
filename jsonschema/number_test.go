package jsonschema

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckNumber(t *testing.T) {
	for n, ok := range map[string]bool{
		"1": true, "-1.5e10": true, "1e1024": true, "1e1025": false, "1e-99999": false, "1e99999999999999999999": false, "1E+9999": false,
		strings.Repeat("9", 1025): false,
	} {
		t.Run(n[:min(len(n), 20)], func(t *testing.T) {
			if err := CheckNumber(json.Number(n)); (err == nil) != ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
