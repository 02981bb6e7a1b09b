package subject

import (
	"testing"

	"github.com/spectap/spectap/guard/enforce"
)

func TestAgreement(t *testing.T) {
	for result, want := range map[string]enforce.Answer{
		`{"action":"accept"}`:                               enforce.Agrees,
		`{"action":"accept","content":{}}`:                  enforce.Agrees,
		`{"action":"accept","content":{"confirm":true}}`:    enforce.Agrees,
		`{"action":"accept","content":{"confirm":false}}`:   enforce.Declines,
		`{"action":"accept","content":{"confirm":"false"}}`: enforce.Declines,
		`{"action":"decline"}`:                              enforce.Declines,
		`{"action":"cancel","content":{"confirm":true}}`:    enforce.Closed,
		`{"action":"later"}`:                                enforce.Closed,
		`{"action":7}`:                                      enforce.Closed,
		``:                                                  enforce.Closed,
	} {
		if got := Agreement([]byte(result)); got != want {
			t.Errorf("%s: %d, want %d", result, got, want)
		}
	}
}
