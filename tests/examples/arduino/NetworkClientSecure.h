#pragma once
struct NetworkClientSecure {
  void setDefaultCACertBundle() {}
};
