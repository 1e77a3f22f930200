// Probe says what grpc-go makes of a server: for each line "ADDRESS DEADLINE_MS" it makes one unary call and
// prints "STATUS DETAIL" on one line. Used by tests/wire/test_misbehaving_servers.py.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const method = "/gateway.v1.QueueService/JoinQueue"

func probe(address string, deadline time.Duration) (int, string) {
	connection, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry())
	if err != nil {
		return -1, err.Error()
	}
	defer connection.Close()
	limited, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	err = connection.Invoke(limited, method, wrapperspb.String("ann"), &wrapperspb.StringValue{})
	found := status.Convert(err)
	return int(found.Code()), found.Message()
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var address string
		var milliseconds int
		if _, err := fmt.Sscan(lines.Text(), &address, &milliseconds); err != nil {
			fmt.Println("-1", err)
			continue
		}
		code, detail := probe(address, time.Duration(milliseconds)*time.Millisecond)
		fmt.Println(code, strings.ReplaceAll(detail, "\n", " "))
	}
}
