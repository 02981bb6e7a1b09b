package codegen

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"
)

const (
	goMain = `func main() {
	client := &http.Client{
		Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
`
	goSend = `}

func send(client *http.Client, req *http.Request) {
	resp, err := client.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 500))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.StatusCode, string(data))
}
`
	goEnv = `
func env(name string) string {
	v, ok := os.LookupEnv(name)
	if !ok {
		log.Fatalf("%s is not set", name)
	}
	return v
}
`
)

func writeGo(requests []request, vars *variables) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package main\n\nimport (\n%s\n)\n\n", strings.Join(goImports(requests, vars), "\n"))
	for _, v := range vars.list {
		fmt.Fprintf(&b, "// %s stands for %s.\n", v.Name, v.remark())
	}
	b.WriteString(goMain)
	for i := range requests {
		writeGoRequest(&b, &requests[i])
	}
	b.WriteString(goSend)
	if len(vars.list) > 0 {
		b.WriteString(goEnv)
	}
	out, err := format.Source([]byte(b.String()))
	if err != nil {
		return b.String() // captured text in a comment can cause this; the code is always well formed
	}
	return string(out)
}

func goImports(requests []request, vars *variables) []string {
	imports := []string{`"fmt"`, `"io"`, `"log"`, `"net/http"`, `"time"`}
	files, bodies := false, false
	for i := range requests {
		files = files || requests[i].bodyInFile
		bodies = bodies || requests[i].hasBody && !requests[i].bodyInFile
	}
	if bodies {
		imports = append(imports, `"strings"`)
	}
	if files || len(vars.list) > 0 {
		imports = append(imports, `"os"`)
	}
	return imports
}

func writeGoRequest(b *strings.Builder, r *request) {
	content := "nil"
	fmt.Fprintf(b, "\n\t// %s\n\t{\n", r.title())
	switch {
	case r.bodyInFile:
		fmt.Fprintf(b, "\tbody, err := os.Open(%q)\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n", r.bodyFile())
		content = "body"
	case r.hasBody:
		content = "strings.NewReader(" + r.body.golang() + ")"
	}
	fmt.Fprintf(b, "\treq, err := http.NewRequest(%s, %s, %s)\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n",
		quotePythonOrGo(r.method), r.url.golang(), content)
	for _, h := range r.headers {
		fmt.Fprintf(b, "\treq.Header.Add(%s, %s)\n", quotePythonOrGo(h.name), h.value.golang())
	}
	if r.basic != nil {
		fmt.Fprintf(b, "\treq.SetBasicAuth(%s, %s)\n", r.basic.user.golang(), r.basic.password.golang())
	}
	b.WriteString("\tsend(client, req)\n\t}\n")
}

func (t template) golang() string {
	return t.expression(quotePythonOrGo, func(v string) string { return "env(" + strconv.Quote(v) + ")" })
}
