// Command server PORT serves a new sample API on a port of loopback until it is killed.
package main

import (
	"net/http"
	"os"

	"github.com/spectap/spectap/internal/test/sample"
)

func main() {
	if len(os.Args) != 2 || http.ListenAndServe("127.0.0.1:"+os.Args[1], sample.New()) != nil {
		os.Exit(1)
	}
}
