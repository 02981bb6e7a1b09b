package har

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestNumbers holds that words are replaced wherever the buffer of a reader ends, and that texts
// stay.
func TestNumbers(t *testing.T) {
	const (
		members  = `","time":NaN,"a_1" : -Infinity,"c":Infinity,"text":"NaN \"d\":NaN, \"e\": -Infinity","NaN":"Infinity"}`
		replaced = `","time":-1 ,"a_1" : -1       ,"c":-1      ,"text":"NaN \"d\":NaN, \"e\": -Infinity","NaN":"Infinity"}`
	)
	for n := numbersBuffer - len(members) - 10; n < numbersBuffer+10; n++ {
		head := `{"x":"` + strings.Repeat("y", n)
		got, err := io.ReadAll(&numbers{r: strings.NewReader(head + members)})
		if err != nil || string(got) != head+replaced {
			t.Fatalf("after %d bytes: %v, %s", n, err, got[len(head):])
		}
	}
	got, err := io.ReadAll(&numbers{r: iotest.OneByteReader(strings.NewReader(`{"x":"` + members))})
	if err != nil || string(got) != `{"x":"`+replaced {
		t.Errorf("in single bytes: %v, %s", err, got)
	}
	if got, err := io.ReadAll(&numbers{r: iotest.TimeoutReader(strings.NewReader(members))}); err != iotest.ErrTimeout || string(got) != replaced {
		t.Errorf("an error of the file: %v, %s", err, got)
	}
}
