package limit

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// TestEncodeLine writes what the package json reads as the same line.
func TestEncodeLine(t *testing.T) {
	for _, keys := range [][]string{{"/tools/a|local"}, {"a", "b", ""}, {`"\` + "\n\x00<>&\u2028é😀"}, {"not \xff UTF-8"}} {
		var charges []policy.Charge
		want := line{At: 1_700_000_000_000_000_001}
		for i, key := range keys {
			c := policy.Charge{Key: key, Amount: policy.MaxAmount - policy.Amount(i), Window: policy.MaxWindow - time.Duration(i)*time.Second}
			charges = append(charges, c)
			want.Charges = append(want.Charges, lineEntry{string([]rune(key)), c.Amount, int64(c.Window / time.Second)})
		}
		text := encodeLine(want.At, charges)
		var got line
		if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
		if n := len(text); text[n-1] != '\n' || json.Valid(text[:n-2]) {
			t.Errorf("%q is not one line", text)
		}
	}
}
