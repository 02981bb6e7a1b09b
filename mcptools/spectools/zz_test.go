package spectools
import ("testing";"os";"context";"encoding/json";"github.com/spectap/spectap/openapi")
func BenchmarkAll(b *testing.B) { d,_:=os.ReadFile("/tmp/servex/big.json"); b.ReportAllocs()
 b.Run("load",func(b *testing.B){ b.ReportAllocs(); for b.Loop(){openapi.Load(d)}})
 doc,_:=openapi.Load(d)
 b.Run("make",func(b *testing.B){ b.ReportAllocs(); for b.Loop(){FromDocument(doc,Options{BaseURL:"http://127.0.0.1:1"})}})
 s,_:=FromDocument(doc,Options{BaseURL:"http://127.0.0.1:1"})
 b.Run("list",func(b *testing.B){ b.ReportAllocs(); for b.Loop(){m:=NewServer(s,ServerOptions{}); r:=m.HandleMessage(context.Background(),[]byte(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)); json.Marshal(r)}})
}
