//go:build unix

package rules

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// cpuTime returns the time that this process has computed, which other processes do not change.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	must.Do(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano())
}

// hostile returns texts of n bytes that are made to cost much: characters, keywords and the first
// halves of examples, again and again, of an eighth of the rows.
func hostile(t testing.TB, n int) map[string]string {
	texts, part := map[string]string{}, rand.IntN(8) // all would take a minute
	for _, s := range []string{"a", "<", "-", ".", "0", "A", " ", "sk-a.", "eyJaaaaaaaaaaaa-", "eyJaaaaaa.", "eyJaaaaa.eyJ-", "\xff"} {
		texts[s] = strings.Repeat(s, n/len(s))
	}
	for i, r := range rows(t) {
		if i%8 != part {
			continue
		}
		example := strings.Join(r.Example, "")
		for _, k := range r.Keywords {
			for _, sep := range []string{"", " ", ".", "\"", "-a"} {
				texts[k+sep] = strings.Repeat(k+sep, n/len(k+sep))
			}
		}
		for _, cut := range []int{1, 2, len(example) / 2} {
			half := example[:len(example)-cut]
			texts[half] = strings.Repeat(half+"-", n/(len(half)+1))
		}
		texts[example] = strings.Repeat(example+" ", n/(len(example)+1))
	}
	return texts
}

// TestHostileCodes does so for codes, whose labels have many words: less than 300 ms, several times that on a busy machine.
func TestHostileCodes(t *testing.T) {
	size, limit := 1<<20, time.Second
	if testing.Short() {
		size, limit = size/4, limit/4
	}
	for _, piece := range []string{"otp ", "otp 1234567890 ", "your ", "your a b code is 4829.5 ", "code: 12 ", "验证码 12345678901 ", "код: x1234 ", "1234 ", "AAAA 1234"} {
		text, took := strings.Repeat(piece, size/len(piece)), time.Hour
		for try := 0; try < 3 && took > limit/3; try++ {
			start := cpuTime(t)
			FindCodes(nil, text)
			took = min(took, cpuTime(t)-start)
		}
		if took > limit {
			t.Errorf("%q: %v", piece, took)
		}
	}
}

// TestHostileTexts searches them in less than 50 ms for each megabyte, several times that on a busy machine.
func TestHostileTexts(t *testing.T) {
	size, limit := 1<<20, 300*time.Millisecond
	if testing.Short() {
		size, limit = size/4, limit/3
	}
	var worst time.Duration
	slowest := ""
	for name, text := range hostile(t, size) {
		var took time.Duration
		for try := range 3 { // the first compiles, and garbage may be collected in any of them
			start := cpuTime(t)
			BuiltIn().Find(nil, text)
			if spent := cpuTime(t) - start; try == 0 || spent < took {
				took = spent
			}
			if took < limit/3 {
				break
			}
		}
		if took > worst {
			worst, slowest = took, name
		}
		if took > limit {
			t.Errorf("%q: %v", name, took)
		}
	}
	t.Logf("the slowest is %q: %v", slowest, worst)
}
