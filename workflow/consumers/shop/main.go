// Command shop PORT serves a new sample API on a port of loopback until it is killed.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/spectap/spectap/internal/demo"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: shop PORT")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+os.Args[1], demo.New()))
	os.Exit(1)
}
