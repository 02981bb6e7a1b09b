// Command shop PORT serves a new sample API on a port of loopback until it is killed.
package main

import (
	"net/http"
	"os"

	"github.com/spectap/spectap/internal/demo"
)

func main() {
	if len(os.Args) != 2 || http.ListenAndServe("127.0.0.1:"+os.Args[1], demo.New()) != nil {
		os.Exit(1)
	}
}
