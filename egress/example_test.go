package egress_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/spectap/spectap/egress"
)

// A client sends to the origins it was given. A person must name one with a private address.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, " ", r.URL.Path, " as ", r.Header.Get("Authorization"))
	}))
	defer api.Close()
	target, err := url.Parse(api.URL + "/orders/7")
	if err != nil {
		log.Fatal(err)
	}
	call := egress.Call{
		Method: "GET", URL: target,
		Header:      []egress.Pair{{Name: "Authorization", Value: "whatever the caller wants"}},
		Credentials: []egress.Credential{{In: egress.InHeader, Name: "Authorization", Value: "Bearer of-the-operator"}},
	}
	for _, c := range []egress.Config{{Origins: []string{api.URL}}, {Named: []string{api.URL}}} {
		client, err := egress.New(c)
		if err != nil {
			log.Fatal(err)
		}
		resp, err := client.Do(context.Background(), call)
		if err != nil {
			fmt.Println("refused:", errors.Is(err, egress.ErrAddress))
			continue
		}
		data, truncated, err := egress.ReadBody(resp)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(resp.StatusCode, string(data), truncated)
		client.Close()
	}
	// Output:
	// refused: true
	// 200 GET /orders/7 as Bearer of-the-operator false
}
