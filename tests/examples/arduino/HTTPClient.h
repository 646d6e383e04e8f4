// HTTP/1.1 over a plain socket to a server of the test.
#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include "Arduino.h"
#include "NetworkClientSecure.h"

class HTTPClient {
 public:
  bool begin(NetworkClientSecure&, const char* url) { return begin(url); }
  bool begin(const char* url) {
    char host[64], path[200];
    sscanf(url, "http://%63[^:]:%d%199s", host, &port_, path);
    host_ = host;
    path_ = path;
    return true;
  }
  void setTimeout(int) {}
  void collectHeaders(const char**, int) {}
  void addHeader(const char* name, const String& value) {
    headers_ += std::string(name) + ": " + value.c_str() + "\r\n";
  }
  int POST(const String& body) {
    int connection = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    inet_pton(AF_INET, host_.c_str(), &address.sin_addr);
    std::string request = "POST " + path_ + " HTTP/1.1\r\nHost: " + host_ + "\r\nConnection: close\r\n" + headers_ +
                          "Content-Length: " + std::to_string(body.length()) + "\r\n\r\n" + body.c_str();
    if (::connect(connection, (sockaddr*)&address, sizeof address) != 0) return ::close(connection), -1;
    ::send(connection, request.data(), request.size(), 0);
    char buffer[4096];
    for (ssize_t got; (got = ::recv(connection, buffer, sizeof buffer, 0)) > 0;) answer_.append(buffer, got);
    ::close(connection);
    return answer_.size() > 12 ? atoi(answer_.c_str() + 9) : -1;
  }
  String header(const char* name) {
    size_t at = answer_.find(std::string(name) + ": ");
    return at == std::string::npos ? String("") : String(answer_.substr(at + std::string(name).size() + 2, 8));
  }
  void end() {}

 private:
  std::string host_, path_, headers_, answer_;
  int port_ = 80;
};
