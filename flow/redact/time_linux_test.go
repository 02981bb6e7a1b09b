package redact_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestTimeIsLinear redacts texts that repeat what begins something: of eight times the length, in
// about eight times the time.
func TestTimeIsLinear(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const size, times = 16 << 10, 8
	for i, piece := range []string{"<", "&", "{", "[", "a", "=", "%", "@", "a@", "<a ", "<a>", "</a>", "<!--", `"`, `\`, "key=", "key:", "password=", `"password":`,
		"a=b&", "?a=", "://", "a:b@", "<td>", "- ", "- a:\n", "a:\n  ", "eyJ", "aGVsbG8gd29ybGQ", "-----BEGIN ", "Bearer ", "AKIA", "1 ", "4242 ", "[redacted:",
		`{"a":`, `{"password":[`, "password,a\n", "&quot;", "data: {\n", "\xff", "é", "#", `"query":"a:password",`, "your code is ", `{"content":"a"}` + "\n"} {
		for j, mediaType := range []string{"", "text/html", "application/json", "application/x-www-form-urlencoded", "application/yaml", "text/csv", "text/event-stream"} {
			if testing.Short() && (i+j)%7 != 0 {
				continue
			}
			measure := func(n int) time.Duration {
				body := []byte(strings.Repeat(piece, n/len(piece)))
				best := time.Hour
				for range 3 {
					start := threadTime(t)
					red.Body(mediaType, body)
					best = min(best, threadTime(t)-start)
				}
				return best
			}
			ratio := 0.0
			for range 5 { // other programs may have the processor
				small := max(measure(size), 200*time.Microsecond)
				if ratio = float64(measure(times*size)) / float64(small); ratio < 4*times {
					break
				}
			}
			if ratio >= 4*times {
				t.Errorf("%q as %q: %d times the length took %.0f times as long", piece, mediaType, times, ratio)
			}
		}
	}
}
