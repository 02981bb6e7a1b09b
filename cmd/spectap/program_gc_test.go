package main

import (
	"io"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// TestStandardLog checks that what libraries print with the standard logger goes nowhere: net/http
// prints bodies.
func TestStandardLog(t *testing.T) {
	old := log.Writer()
	defer log.SetOutput(old)
	log.SetOutput(os.Stderr)
	p := cli.New(strings.NewReader(""), io.Discard, io.Discard)
	p.Alone = true
	if status := p.Run(t.Context(), newRootCmd(p), []string{"version"}); status != cli.ExitFine {
		t.Fatal(status)
	}
	if log.Writer() != io.Discard {
		t.Error("the standard logger prints")
	}
}
